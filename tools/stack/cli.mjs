// `npm run stack -- up|down|status|logs`: the stack for a person, living on its own until `down`.
import { parseArgs } from 'node:util';
import { isServerName, serverNames, servers as definitions, usualServers } from './servers/index.mjs';
import { down, logs, status, up } from './commands.mjs';

const usage = `The real servers of Tallystick: Redis, Kafka, Temporal and an OpenID provider, on 127.0.0.1.

  npm run stack -- up [servers]         start them; installs what is needed first
  npm run stack -- down                 end them; data and logs stay
  npm run stack -- status               what runs where, and does it answer
  npm run stack -- logs [servers] [-f]  the last lines of their logs; -f goes on

  --name NAME   another stack beside the first (default: dev); its folder is .stack/NAME
  --fresh       up: with empty data
  --docker      up: in containers, by deploy/compose/servers.yaml; without the OpenID provider
  -n LINES      logs: how many (default: 40)
  -f, --follow  logs: go on with what comes

  Servers: ${usualServers.join(', ')} (default: these); by name also ${serverNames.filter((name) => definitions[name].onlyByName).join(', ')}
  The addresses are in .stack/NAME/stack.json too.`;

const options = /** @type {const} */ ({
  name: { type: 'string' },
  fresh: { type: 'boolean', default: false },
  docker: { type: 'boolean', default: false },
  follow: { type: 'boolean', short: 'f', default: false },
  lines: { type: 'string', short: 'n', default: '40' },
  help: { type: 'boolean', short: 'h', default: false },
});

/** @returns {Promise<number>} the exit status */
async function main() {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command = '', ...rest] = positionals;
  const wrong = rest.find((name) => !isServerName(name));
  if (wrong) throw new Error(`there is no server '${wrong}'; there are ${serverNames.join(', ')}`);
  const servers = serverNames
    .filter((name) => (rest.length === 0 ? command === 'logs' || usualServers.includes(name) : rest.includes(name)))
    .filter((name) => !values.docker || !definitions[name].onlyAsProcess);
  if (servers.length === 0) throw new Error(`${rest.join(', ')} runs only as a process: start it without --docker`);
  const name = values.name ?? 'dev';

  if (values.help) {
    console.log(usage);
    return 0;
  }
  switch (command) {
    case 'up':
      return up({ name, servers, fresh: values.fresh, docker: values.docker });
    case 'down':
      return down({ name });
    case 'status':
      return status({ name: values.name });
    case 'logs':
      return logs({ name, servers, follow: values.follow, lines: Number(values.lines) || 40 });
    default:
      console.error(usage);
      return 2;
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  },
);
