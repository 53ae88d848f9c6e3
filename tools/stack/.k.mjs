import { startStack } from './stack.mjs';
import K from 'kafkajs';
import { Client, Connection } from '@temporalio/client';
const probe = async (s, first) => {
  const k=new K.Kafka({brokers:[s.endpoints.kafka],logLevel:0}); const a=k.admin(); await a.connect();
  if (first) await a.createTopics({topics:[{topic:'kept',numPartitions:2}]});
  const p=k.producer({createPartitioner:K.Partitioners.DefaultPartitioner}); await p.connect(); await p.send({topic:'kept',messages:[{value:'x'}]});
  console.log('topics', await a.listTopics(), JSON.stringify(await a.fetchTopicOffsets('kept')));
  await p.disconnect(); await a.disconnect();
  const c=await Connection.connect({address:s.endpoints.temporal}); const cl=new Client({connection:c});
  if (first) await cl.workflow.start('w',{workflowId:'kept',taskQueue:'q',searchAttributes:{Environment:['e']}});
  const h=await cl.workflow.getHandle('kept').describe(); console.log('wf', h.status.name, JSON.stringify(h.searchAttributes));
  await c.close();
};
const a = await startStack({name:'x',fresh:true,log:console.log}); await probe(a,true); await a.stop();
const other = await startStack({name:'y',fresh:true});
const t=performance.now(); const b = await startStack({name:'x',log:console.log}); console.log(b.endpoints, Math.round(performance.now()-t)); await probe(b,false);
await b.stop(); await other.stop();
