#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""https-server - an HTTPS server for tests, which can misbehave

    https-server.py [--log FILE] FOLDER

Prints its port on 127.0.0.1 and serves FOLDER/HOST/www/PATH for each HOST that a client names by
SNI, with the certificate and key in FOLDER/HOST/tls.pem.  FOLDER/HOST/behave, if it is there, has
one line that holds for every path:

    redirect URL    status 302
    status N        that status
    html            a page that says all is well
    empty           200, and nothing
    trickle         200, and a byte each half second, without end
    headers         200, and fields without end
    endless         200, and zeros as fast as they are taken, without end
    large N         200, Content-Length N, and N bytes
    silent          accepts, and says nothing

The log has a line `HOST PATH` for each request.
"""
import argparse
import http.server
import os
import ssl
import sys
import threading
import time
import urllib.parse

PAGE = b'<!DOCTYPE html><html><body>It works!</body></html>\n'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        host = (self.headers.get('Host') or '').split(':')[0]
        if '/' in host or host.startswith('.'):
            return self.answer(400, b'')
        with self.server.lock:
            self.server.log.write(f'{host} {self.path}\n')
            self.server.log.flush()
        behave = self.behaviour(host)
        if behave:
            return getattr(self, 'be_' + behave[0])(*behave[1:])
        return self.serve_file(host)

    def behaviour(self, host):
        try:
            with open(os.path.join(self.server.folder, host, 'behave')) as file:
                return file.read().split()
        except OSError:
            return None

    def serve_file(self, host):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip('/')
        full = os.path.join(self.server.folder, host, 'www', path)
        try:
            with open(full, 'rb') as file:
                body = file.read()
        except OSError:
            return self.answer(404, PAGE, 'text/html')
        return self.answer(200, body)

    def answer(self, status, body, kind='application/octet-stream', **fields):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header('Content-Type', 'application/octet-stream')
        self.send_header('Connection', 'close')
        self.end_headers()

    def be_redirect(self, url):
        self.answer(302, b'', Location=url)

    def be_status(self, status):
        self.answer(int(status), PAGE, 'text/html')

    def be_html(self):
        self.answer(200, PAGE, 'text/html; charset=utf-8')

    def be_empty(self):
        self.answer(200, b'')

    def be_trickle(self):
        self.begin()
        while True:
            self.wfile.write(b'\x99')
            self.wfile.flush()
            time.sleep(0.5)

    def be_endless(self):
        self.begin()
        while True:
            self.wfile.write(bytes(65536))

    def be_headers(self):
        self.wfile.write(b'HTTP/1.1 200 OK\r\n')
        while True:
            self.wfile.write(b'X-More: ' + 100 * b'x' + b'\r\n')

    def be_large(self, size):
        self.answer(200, bytes(int(size)))

    def be_silent(self):
        time.sleep(600)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder, log):
        super().__init__(('127.0.0.1', 0), Handler)
        self.folder, self.log, self.lock = folder, log, threading.Lock()
        self.context = self.context_of('default')
        self.context.sni_callback = self.choose

    def context_of(self, host):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(self.folder, host, 'tls.pem'))
        return context

    def choose(self, socket, name, _):
        if name and os.path.exists(os.path.join(self.folder, name, 'tls.pem')):
            socket.context = self.context_of(name)

    def finish_request(self, request, client_address):
        try:
            request.settimeout(60)
            secure = self.context.wrap_socket(request, server_side=True)
            super().finish_request(secure, client_address)
            secure.close()
        except OSError:  # ssl.SSLError, too: the client went away, or did not like us
            pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--log', default='/dev/null')
    parser.add_argument('folder')
    args = parser.parse_args()
    with open(args.log, 'a') as log:
        server = Server(args.folder, log)
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == '__main__':
    sys.exit(main())
