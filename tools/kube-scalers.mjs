// What KEDA would ask of Temporal and Kafka, asked: a trigger that names what is not there never scales, and says so in KEDA's log only.
import { Connection } from '@temporalio/client';
import kafkajs from 'kafkajs';

const { Kafka, logLevel } = kafkajs;
/** temporal.api.enums.v1.TaskQueueType */
const queueTypes = { workflow: 1, activity: 2 };

/**
 * @param {import('./stack/rendered-chart.mjs').Manifest[]} manifests
 * @param {{ temporal: string, kafka: string }} servers
 * @returns {Promise<string[]>} what was seen, a line for each trigger
 * @throws {Error} when a trigger asks for what the server does not have
 */
export async function scalersSee(manifests, { temporal, kafka }) {
  const triggers = manifests.filter(({ kind }) => kind === 'ScaledObject').flatMap(({ spec }) => spec.triggers);
  const connection = await Connection.connect({ address: temporal });
  const admin = new Kafka({ brokers: [kafka], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const seen = [];
    for (const { type, metadata } of triggers)
      seen.push(type === 'temporal' ? await backlog(connection, metadata) : await lag(admin, metadata));
    return seen;
  } finally {
    await admin.disconnect();
    await connection.close();
  }
}

/** As KEDA does from 2.20 on. @param {Connection} connection @param {Record<string, string>} trigger */
async function backlog({ workflowService }, trigger) {
  const { workerDeploymentName: deploymentName = '', workerDeploymentBuildId: buildId = '', taskQueue = '' } = trigger;
  const { versionTaskQueues = [] } = await workflowService.describeWorkerDeploymentVersion({
    ...{ namespace: trigger['namespace'] ?? '', deploymentVersion: { deploymentName, buildId }, reportTaskQueueStats: true },
  });
  const stats = (trigger['queueTypes'] ?? '').split(',').map((type) => {
    const queue = versionTaskQueues?.find((each) => each.name === taskQueue && Number(each.type) === queueTypes[/** @type {'workflow' | 'activity'} */ (type)]); // prettier-ignore
    if (!queue?.stats)
      throw new Error(`Temporal knows no backlog of ${type} tasks of ${taskQueue} for ${deploymentName} ${buildId}`);
    return Number(queue.stats.approximateBacklogCount ?? 0);
  });
  return `KEDA finds the queue ${taskQueue} of ${deploymentName} ${buildId}: ${stats.reduce((sum, each) => sum + each, 0)} tasks wait`;
}

/** @param {import('kafkajs').Admin} admin @param {Record<string, string>} trigger */
async function lag(admin, { consumerGroup: groupId = '' }) {
  const [group] = (await admin.describeGroups([groupId])).groups;
  const offsets = await admin.fetchOffsets({ groupId });
  const topics = offsets
    .filter(({ partitions }) => partitions.some(({ offset }) => Number(offset) >= 0))
    .map(({ topic }) => topic);
  if (!group || group.members.length === 0 || topics.length === 0)
    throw new Error(`Kafka knows no group ${groupId} that has read something`);
  return `KEDA finds the group ${groupId}, which has read ${topics.join(', ')}`;
}
