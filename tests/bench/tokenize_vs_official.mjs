// Tokenizer throughput side by side with the official Rust tokenizers (npm package `tokenizers`), one thread each, in
// turn A B A B; prints the medians and their ratio in CPU time.
//   node tests/bench/tokenize_vs_official.mjs FEDLLM TOKENIZER_DIR TEXT_FILE [RUNS]
// Run it where `npm install tokenizers` was run; without the package it says so and stops.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';

process.env.TOKENIZERS_PARALLELISM = 'false';
process.env.RAYON_NUM_THREADS = '1';
const [fedllm, folder, file, count] = process.argv.slice(2);
if (!file) {
  console.error('usage: node tokenize_vs_official.mjs FEDLLM TOKENIZER_DIR TEXT_FILE [RUNS]');
  process.exit(2);
}
let official;
try {
  official = createRequire(path.join(process.cwd(), 'here.js'))('tokenizers');
} catch {
  console.log('skipped: the npm package "tokenizers" is not installed in this folder');
  process.exit(0);
}

// The same texts for both: a JSON array as it is, records of a JSON or JSONL file joined, plain text cut at line ends.
function textsOf(name) {
  const whole = fs.readFileSync(name, 'utf8');
  const joined = (record) => (typeof record === 'string' ? record : Object.values(record).filter((v) => typeof v === 'string').join('\n'));
  if (name.endsWith('.json')) return JSON.parse(whole).map(joined);
  if (name.endsWith('.jsonl')) return whole.split('\n').filter(Boolean).map((line) => joined(JSON.parse(line)));
  const texts = [];
  let text = '';
  for (const line of whole.split('\n')) {
    text += line + '\n';
    if (text.length > 2000) texts.push(text), (text = '');
  }
  return text ? [...texts, text] : texts;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const texts = textsOf(file);
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'fedllm-tokenize-'));
const list = path.join(work, 'texts.json');
fs.writeFileSync(list, JSON.stringify(texts));
const tokenizer = official.Tokenizer.fromFile(path.join(folder, 'tokenizer.json'));
const ours = [], theirs = [], ratios = [];
let ourTokens = 0, theirTokens = 0;
for (let run = 0; run < Number(count ?? 5); ++run) {
  const result = spawnSync(fedllm, ['bench', 'tokenize', '--model', folder, '--file', list, '--runs', '3', '--json'], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  const line = JSON.parse(result.stdout);
  const before = process.cpuUsage();
  const encodings = await tokenizer.encodeBatch(texts, { addSpecialTokens: false });
  const used = process.cpuUsage(before);
  ourTokens = line.tokens;
  theirTokens = encodings.reduce((sum, encoding) => sum + encoding.getLength(), 0);
  ours.push(line.mb_per_s);
  theirs.push(bytes / (used.user + used.system));
  ratios.push(ours.at(-1) / theirs.at(-1));
}
fs.rmSync(work, { recursive: true });
console.log(JSON.stringify({ folder, file, bytes, tokens: ourTokens, same_tokens: ourTokens === theirTokens,
                             fedllm_mb_per_s: median(ours), official_mb_per_s: median(theirs), ratio: median(ratios) }));
