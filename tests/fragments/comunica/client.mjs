// Answers queries with Comunica: a line of JSON {query, sources} in, a line with its rows out, terms as in N-Triples.
import { createInterface } from 'node:readline';
import { QueryEngine } from '@comunica/query-sparql';
import { termToString } from 'rdf-string-ttl';

const engine = new QueryEngine();
for await (const line of createInterface({ input: process.stdin })) {
  const { query, sources } = JSON.parse(line);
  let answer;
  try {
    const rows = await (await engine.queryBindings(query, { sources })).toArray();
    answer = rows.map((row) => Object.fromEntries([...row].map(([name, term]) => [name.value, termToString(term)])));
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
