import { build, parse, type PlistValue } from 'plist';

type Dictionary = Record<string, PlistValue>;
/** One request of a device to its MDM: a report, answered with the next command or nothing. */
export type ConnectToMdm = (report: string) => Promise<string>;

/** An Apple device as its MDM sees it, ours: it carries out the two commands of a delivery, and keeps the apps' configurations. */
export class SimulatedDevice {
  readonly apps = new Map<string, Dictionary>();
  /** What it answers to the next set commands in place of carrying them out; NotNow until it is unlocked. */
  next: ('NotNow' | 'Error' | 'item-error')[] = [];
  /** UUIDs of the commands that it carried out, in their order. */
  readonly carriedOut: string[] = [];
  /** Commands as they came. */
  readonly received: Dictionary[] = [];
  /** Reports with a command in them. */
  reports = 0;

  constructor(
    readonly udid: string,
    private readonly connectToMdm: ConnectToMdm,
  ) {}

  /** Fetches and answers commands until there are none, as a push makes it do. `most`: it loses the connection after so many. */
  async connect(most = Number.POSITIVE_INFINITY): Promise<void> {
    let next = await this.connectToMdm(build({ UDID: this.udid, Status: 'Idle' }));
    for (let answered = 0; next !== '' && answered < most; answered++) {
      const command = parse(next) as { CommandUUID: string; Command: Dictionary };
      this.received.push(command);
      const report = {
        UDID: this.udid,
        CommandUUID: command.CommandUUID,
        ...this.#carryOut(command.CommandUUID, command.Command),
      };
      this.reports++;
      next = await this.connectToMdm(build(report));
    }
  }

  #carryOut(uuid: string, command: Dictionary): Dictionary {
    if (command['RequestType'] === 'ManagedApplicationConfiguration') {
      const held = (command['Identifiers'] as string[]).flatMap((Identifier) => {
        const Configuration = this.apps.get(Identifier);
        return Configuration ? [{ Identifier, Configuration }] : [];
      });
      return { Status: 'Acknowledged', ApplicationConfigurations: held };
    }
    const answer = this.next.shift();
    const [setting] = command['Settings'] as Dictionary[];
    const Identifier = setting!['Identifier'] as string;
    if (answer === 'NotNow') return { Status: 'NotNow' };
    if (answer === 'Error') return { Status: 'Error', ErrorChain: [{ ErrorCode: 12_026, ErrorDomain: 'MCMDMErrorDomain' }] };
    if (answer === 'item-error')
      return { Status: 'Acknowledged', Settings: [{ Item: 'ApplicationConfiguration', Identifier, Status: 'Error' }] };
    this.carriedOut.push(uuid);
    this.apps.set(Identifier, setting!['Configuration'] as Dictionary);
    return { Status: 'Acknowledged', Settings: [{ Item: 'ApplicationConfiguration', Identifier, Status: 'Acknowledged' }] };
  }
}
