// Shows what /events tells. The browser comes back by itself when the stream ends, which it does at every upgrade, and is
// answered by the new process then: the page stays, with what it has drawn.
'use strict';

const states = ['fresh', 'active', 'idle', 'upgraded'];
const rates = [];
const longestRates = 120;
const byId = (id) => document.getElementById(id);

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function drawn(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function number(value) {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en');
  return value.toLocaleString('en', { maximumFractionDigits: 1 });
}

function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return seconds + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min ' + seconds % 60 + ' s';
  if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
  return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
}

function micros(us) {
  if (us < 1000) return us.toFixed(us < 10 ? 1 : 0) + ' µs';
  if (us < 1e6) return (us / 1000).toFixed(us < 1e4 ? 1 : 0) + ' ms';
  return (us / 1e6).toFixed(1) + ' s';
}

function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (count >= 1024 && unit + 1 < units.length) {
    count /= 1024;
    ++unit;
  }
  return (unit === 0 || count >= 100 ? Math.round(count) : count.toFixed(1)) + ' ' + units[unit];
}

function stateBar(connections) {
  const bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
  for (const state of states) {
    const part = element('span', { class: state });
    part.style.flexGrow = connections[state];
    bar.append(part);
  }
  return bar;
}

function stateList(connections) {
  return states.map((state) => element('span', { 'data-state': state }, state + ' ' + number(connections[state])));
}

function generationCard(one) {
  const card = element('article', { class: 'generation', 'data-generation': one.generation, 'data-phase': one.phase });
  const head = element('div', { class: 'head' });
  head.append(element('span', { class: 'number' }, 'Generation ' + one.generation),
    element('span', { class: 'pill', 'data-phase': one.phase }, one.phase));
  const facts = ['pid ' + one.pid];
  if (one.age_ms !== null) facts.push('up ' + duration(one.age_ms), one.phase + ' for ' + duration(one.in_phase_ms));
  card.append(head, element('p', { class: 'quiet' }, facts.join(' · ')));
  if (one.connections === null) return card;
  card.append(stateBar(one.connections), element('div', { class: 'states' }, ...stateList(one.connections)));
  const ends = one.phase === 'draining' || one.phase === 'guarding';
  if (ends) {
    let text = number(one.connections.open) + (one.connections.open === 1 ? ' connection' : ' connections') + ' left';
    if (one.phase === 'guarding') text = 'nothing left; stays in case the new one fails';
    if (one.cut_in_ms !== null) {
      text += one.phase === 'guarding' ? ', ' : ', cut in ';
      text += duration(one.cut_in_ms) + (one.phase === 'guarding' ? ' more' : '');
    }
    card.append(element('p', { class: 'left' }, text));
  }
  return card;
}

function showRates(now) {
  if (rates.length === 0) rates.push(...now.rates);
  else rates.push(now.requests.per_second);
  while (rates.length > longestRates) rates.shift();
  byId('rate').textContent = number(now.requests.per_second);
  byId('total').textContent = number(now.requests.total);
  const failed = now.requests.classes['5xx'];
  byId('errors').textContent = failed === 0 ? 'none of them a 5xx' : number(failed) + ' of them 5xx';
  if (rates.length < 2) return;
  const most = Math.max(...rates, 1);
  const across = Math.max(rates.length, 30) - 1;
  const points = rates.map((rate, i) => {
    const x = 240 - (rates.length - 1 - i) * 240 / across;
    return x.toFixed(1) + ' ' + (53 - rate / most * 50).toFixed(1);
  });
  const line = 'M' + points.join('L');
  const first = points[0].split(' ')[0];
  document.querySelector('#sparkline .line').setAttribute('d', line);
  document.querySelector('#sparkline .area').setAttribute('d', line + 'L240 56L' + first + ' 56Z');
}

function showLatency(latency) {
  for (const which of ['p50', 'p90', 'p99']) {
    byId(which).textContent = latency.count === 0 ? '–' : micros(latency[which + '_us']);
  }
  byId('window').textContent = 'last ' + latency.window_s + ' s, ' + number(latency.count) + ' answers';
  const chart = byId('histogram');
  chart.replaceChildren();
  const used = latency.buckets.map((bucket) => bucket[1] !== 0);
  const first = Math.max(used.indexOf(true) - 1, 0);
  const last = Math.min(used.lastIndexOf(true) + 1, latency.buckets.length - 1);
  if (latency.count === 0) return;
  const shown = latency.buckets.slice(first, last + 1);
  const most = Math.max(...shown.map((bucket) => bucket[1]));
  const width = 540 / shown.length;
  shown.forEach(([upper, count], i) => {
    const height = count === 0 ? 0 : Math.max(count / most * 100, 1.5);
    const bar = drawn('rect', { x: i * width + 0.5, y: 118 - height, width: Math.max(width - 1, 1), height, rx: 1.5 });
    const title = drawn('title', {});
    title.textContent = number(count) + (upper === null ? ' longer' : ' up to ' + micros(upper));
    bar.append(title);
    chart.append(bar);
  });
  let free = 0;  // where the next label has room
  for (const which of ['p50', 'p90', 'p99']) {
    const at = shown.findIndex(([upper]) => upper === null || upper >= latency[which + '_us']);
    const x = (at + 0.5) * width;
    chart.append(drawn('line', { x1: x, x2: x, y1: 14, y2: 118 }));
    const label = drawn('text', { x: Math.min(Math.max(x + 3, free), 515), y: 11 });
    free = Math.max(x + 3, free) + 28;
    label.textContent = which;
    chart.append(label);
  }
  byId('shortest').textContent = first === 0 ? '0' : micros(latency.buckets[first - 1][0]);
  const end = shown[shown.length - 1][0];
  byId('longest').textContent = end === null ? 'longer' : micros(end);
}

function showWorkers(workers) {
  const most = Math.max(...workers.map((worker) => worker.open), 1);
  byId('workers').replaceChildren(...workers.map((worker, i) => {
    const bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
    const full = element('span', { class: 'active' });
    full.style.width = worker.open / most * 100 + '%';
    bar.append(full);
    return element('li', {}, element('span', { class: 'quiet' }, '#' + i), bar,
      element('span', {}, number(worker.open) + ' open'));
  }));
}

function historyRow(entry) {
  const row = element('tr', { 'data-kind': entry.kind, 'data-result': entry.result });
  const when = new Date(entry.at);
  const time = element('time', { datetime: when.toISOString() }, when.toLocaleString('en-GB'));
  const what = entry.kind === 'upgrade' ? 'upgrade ' + entry.from + ' → ' + entry.to : 'reload';
  const details = [];
  if (entry.reason) details.push(entry.reason);
  if (entry.kind === 'upgrade' && entry.result === 'ready') {
    details.push('took ' + (entry.duration_ms / 1000).toFixed(2) + ' s');
    if (entry.moved !== 0) details.push(number(entry.moved) + ' connections moved');
  }
  row.append(element('td', {}, time), element('td', {}, what),
    element('td', {}, element('span', { class: 'pill', 'data-result': entry.result }, entry.result.replace('_', ' '))),
    element('td', {}, entry.by), element('td', {}, details.join('; ')));
  return row;
}

let historyShown = '';
function showHistory(history) {
  const text = JSON.stringify(history);
  if (text === historyShown || history.length === 0) return;
  historyShown = text;
  byId('history').replaceChildren(...history.slice().reverse().map(historyRow));
}

function showNotice(now) {
  const notice = byId('notice');
  notice.hidden = now.last_failure === null;
  if (now.last_failure !== null) {
    notice.textContent = 'The last upgrade failed: ' + [now.last_failure.reason, ...now.last_failure.lines].join(' · ');
  }
}

function show(now) {
  document.title = now.name + ' · generation ' + now.generation + ' · ' + now.phase;
  byId('name').textContent = now.name;
  byId('identity').textContent = 'version ' + now.version + ' · generation ' + now.generation + ' · ' + now.phase;
  byId('generations').replaceChildren(...now.generations.map(generationCard));
  showRates(now);
  byId('open').textContent = number(now.connections.open);
  byId('states').replaceChildren(...stateList(now.connections));
  byId('bytes-in').textContent = bytes(now.bytes.in_per_second) + '/s';
  byId('bytes-out').textContent = bytes(now.bytes.out_per_second) + '/s';
  byId('memory').textContent = bytes(now.process.resident);
  byId('descriptors').textContent = number(now.process.descriptors) + ' of ' + number(now.process.descriptor_limit);
  showLatency(now.latency);
  showWorkers(now.workers);
  showHistory(now.history);
  showNotice(now);
  byId('listeners').textContent = 'serving ' + now.listeners.join(', ');
}

function tell(link, text) {
  const pill = byId('link');
  if (pill.dataset.link === link) return;
  pill.dataset.link = link;
  pill.textContent = text;
}

let lastSecond = 0;
function onStatus(event) {
  tell('live', 'live');
  const now = JSON.parse(event.data);
  // Changes come between the seconds; the line of rates gets one point a second.
  if (rates.length !== 0 && now.at - lastSecond < 900) now.requests.per_second = rates.pop();
  else lastSecond = now.at;
  show(now);
}

function connect() {
  const events = new EventSource('events');
  events.addEventListener('status', onStatus);
  events.addEventListener('passed', () => tell('passed', 'passing on'));
  events.addEventListener('error', () => {
    tell('lost', 'reconnecting');
    // Refused as a whole (503): the browser does not come back by itself then.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}
connect();
