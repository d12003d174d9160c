// The status page in a real browser, before, during and after an upgrade under load.
//
//     node status_page_test.mjs SERVER CHROMIUM PICTURE
//
// Exit status 0: everything held. 77: playwright-core is not installed (test/run does that), nothing was tested.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const [, , program, browserProgram, picture] = process.argv;
const patience = 60_000;

let chromium;
try {
  // From where the tests run, the build folder; nothing is installed into the source tree.
  ({ chromium } = createRequire(path.join(process.cwd(), 'x.js'))('playwright-core'));
} catch {
  console.log('skipped: playwright-core is not installed in ' + process.cwd());
  process.exit(77);
}

async function eventually(what, check) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await check();
    if (found) return found;
    assert.ok(Date.now() < end, 'waited in vain for: ' + what);
    await new Promise((done) => setTimeout(done, 20));
  }
}

function startServer() {
  const flags = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--threads', '2', '--version', 'browser test',
    '--drain.idle', 'transfer', '--upgrade.guard', '1s'];
  const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  const server = { child, out: '', err: '', ended: null };
  child.stdout.on('data', (text) => { server.out += text; });
  child.stderr.on('data', (text) => { server.err += text; });
  child.on('exit', (code, signal) => { server.ended = signal ?? code; });
  return server;
}

const serving = (server, generation) =>
  server.out.match(new RegExp('serving http://([0-9.:]+).* pid ([0-9]+) generation ' + generation + '\\n'));

function get(address, target, agent) {
  return new Promise((done, failed) => {
    const asked = http.get('http://' + address + target, { agent }, (answer) => {
      let body = '';
      answer.on('data', (text) => { body += text; });
      answer.on('end', () => done({ status: answer.statusCode, body }));
      answer.on('error', failed);
    });
    asked.on('error', failed);
  });
}

// Clients that ask again and again until told to stop; every answer must be a 200.
function load(address, clients) {
  const state = { stopped: false, answers: 0, wrong: [] };
  const one = async (target) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (!state.stopped) {
      try {
        const answer = await get(address, target, agent);
        if (answer.status === 200) ++state.answers; else state.wrong.push(answer.status);
      } catch (error) {
        state.wrong.push(String(error));
      }
      await new Promise((done) => setTimeout(done, 4));
    }
    agent.destroy();
  };
  state.done = Promise.all(Array.from({ length: clients }, (_, i) => one(i % 2 === 0 ? '/plaintext' : '/sleep?ms=5')));
  return state;
}

const counted = (text) => [...text.matchAll(/^baton_http_requests_total\{.*\} ([0-9]+)$/gm)]
  .reduce((sum, line) => sum + Number(line[1]), 0);

// What a scraper sees must never go back, whichever process answers it.
function scrape(admin) {
  const state = { stopped: false, scrapes: 0, last: 0, back: [] };
  state.done = (async () => {
    while (!state.stopped) {
      const answer = await get(admin, '/metrics', new http.Agent({ keepAlive: false }));
      const now = counted(answer.body);
      if (now < state.last) state.back.push([state.last, now]);
      state.last = now;
      ++state.scrapes;
      await new Promise((done) => setTimeout(done, 50));
    }
  })();
  return state;
}

const gone = (pid) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

const server = startServer();
const pids = [];
let browser;
try {
  const first = await eventually('the first generation', () => serving(server, 1));
  const address = first[1];
  pids.push(Number(first[2]));
  const admin = (await eventually('the admin listener', () => server.err.match(/admin listener on ([0-9.:]+)\n/)))[1];
  assert.equal((await get(admin, '/livez')).status, 200);
  assert.equal((await get(admin, '/readyz')).status, 200);
  const clients = load(address, 8);
  const scraper = scrape(admin);

  browser = await chromium.launch({ executablePath: browserProgram, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: { width: 1120, height: 900 } });
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // That a stream has ended is told there, too, and is no fault of the page.
    if (message.type() === 'error' && !message.text().includes('ERR_')) complaints.push(message.text());
  });
  const text = (selector) => page.textContent(selector);
  const card = (generation) => page.$(`[data-generation="${generation}"]`);
  const phase = async (generation) => (await card(generation))?.getAttribute('data-phase');

  // Before.
  await page.goto('http://' + admin + '/');
  await page.waitForSelector('#link[data-link="live"]', { timeout: patience });
  await eventually('generation 1 on the page', async () => await phase(1) === 'serving');
  await eventually('requests per second', async () => Number.parseFloat((await text('#rate')).replaceAll(',', '')) > 0);
  await eventually('a line', async () => (await page.getAttribute('#sparkline .line', 'd'))?.includes('L'));
  await eventually('percentiles', async () => /[0-9] (µs|ms|s)$/.test(await text('#p99')));
  await eventually('bars', async () => await page.locator('#histogram rect').count() > 1);
  assert.equal(await page.locator('#workers li').count(), 2);
  assert.match(await text('#identity'), /version browser test · generation 1 · serving/);
  assert.equal(await page.locator('#history tr[data-kind]').count(), 0);
  await page.evaluate(() => { window.stillHere = 'yes'; });

  // During: requests that take longer keep the old process.
  const slow = Array.from({ length: 3 }, () => get(address, '/sleep?ms=7000'));
  await eventually('active connections', async () => Number.parseInt(await text('[data-state="active"]').then(
    (shown) => shown.replace(/\D/g, '')), 10) >= 3);
  process.kill(pids[0], 'SIGUSR2');
  await eventually('both generations on the page', async () =>
    await phase(1) === 'draining' && await phase(2) === 'serving');
  assert.match(await text('[data-generation="1"] .left'), /[0-9]+ connections? left, cut in [0-9]+ s/);
  await eventually('the live stream of the new process', async () => await page.getAttribute('#link', 'data-link') === 'live');
  await eventually('the new process as the page\'s own', async () => /generation 2 · serving/.test(await text('#identity')));
  await eventually('latencies of the new process', async () => /[0-9] (µs|ms|s)$/.test(await text('#p99')));
  await eventually('some seconds of it', async () => /^last ([3-9]|[1-9][0-9]) s/.test(await text('#window')));
  assert.equal(await phase(1), 'draining');
  await page.screenshot({ path: picture, animations: 'disabled' });
  pids.push(Number((await eventually('generation 2', () => serving(server, 2)))[2]));

  // After.
  for (const answer of await Promise.all(slow)) assert.equal(answer.status, 200);
  await eventually('the end of the old generation', async () => await card(1) === null && await phase(2) === 'serving');
  await eventually('the end of the old process', () => server.ended !== null);
  assert.equal(server.ended, 0);
  const entry = page.locator('#history tr[data-kind="upgrade"]');
  assert.equal(await entry.count(), 1);
  assert.match(await entry.innerText(), /upgrade 1 → 2\s+ready\s+SIGUSR2 from pid [0-9]+/);
  assert.equal(await page.evaluate(() => window.stillHere), 'yes', 'the page was loaded anew');

  process.kill(pids[1], 'SIGHUP');
  await eventually('the reload in the history', async () =>
    await page.locator('#history tr[data-kind="reload"][data-result="done"]').count() === 1);

  // On a telephone, and at night.
  await page.setViewportSize({ width: 390, height: 800 });
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth) <= 390, 'the page is wider than a telephone');
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const day = await colour();
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.notEqual(await colour(), day);

  assert.equal(await page.evaluate(() => window.stillHere), 'yes');
  assert.deepEqual(complaints, []);
  scraper.stopped = clients.stopped = true;
  await Promise.all([scraper.done, clients.done]);
  assert.deepEqual(clients.wrong, []);
  assert.ok(clients.answers > 0);
  assert.deepEqual(scraper.back, [], 'a count went back');
  assert.ok(scraper.scrapes > 10);
  process.kill(pids[1], 'SIGTERM');
  await eventually('the end of the new process', () => gone(pids[1]));
  console.log('the status page has shown the upgrade: ' + picture);
} catch (error) {
  console.error(error);
  console.error('the server said:\n' + server.err);
  process.exitCode = 1;
} finally {
  await browser?.close();
  server.child.kill('SIGKILL');
  for (const pid of pids) if (!gone(pid)) process.kill(pid, 'SIGKILL');
}
process.exit();
