// The processes of the image, by the names of their folders under `apps`.
// As a program it prints them for the build: `a,b,c`, or with --workspaces `--workspace=@tallystick/a …`.
export const processes = ['token-service', 'pairing-validator', 'provisioning-service', 'temporal-worker', 'directory-simulator'];

/** The variable of each that says where it listens. */
export const portVariables = {
  'token-service': 'TOKENS_PORT',
  'pairing-validator': 'VALIDATOR_PORT',
  'provisioning-service': 'PROVISIONING_PORT',
  'temporal-worker': 'WORKER_HTTP_PORT',
  'directory-simulator': 'SIMULATOR_PORT',
};

if (process.argv[1] === import.meta.filename) {
  const workspaces = process.argv[2] === '--workspaces';
  const names = processes.map((name) => `${workspaces ? '--workspace=' : ''}@tallystick/${name}`);
  console.log(names.join(workspaces ? ' ' : ','));
}
