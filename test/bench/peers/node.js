// Node's http with what of the workloads it can do: PORT.
'use strict';
const http = require('http');

function answer(response, type, body) {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function echo(request, response) {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => answer(response, 'application/octet-stream', Buffer.concat(pieces)));
}

const server = http.createServer((request, response) => {
  if (request.url === '/plaintext') return answer(response, 'text/plain; charset=utf-8', 'Hello, World!');
  if (request.url === '/json') return answer(response, 'application/json', JSON.stringify({ message: 'Hello, World!' }));
  if (request.url === '/echo') return echo(request, response);
  response.writeHead(404).end();
});
server.maxRequestsPerSocket = 0;
server.keepAliveTimeout = 75000;
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
