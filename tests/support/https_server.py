"""HTTPS on a loopback port: https_server.py CERTIFICATE KEY. Prints the port, then answers until it is ended.
/to/URL redirects to URL."""
import http.server
import ssl
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        moved = self.path.startswith("/to/")
        self.send_response(302 if moved else 200)
        if moved:
            self.send_header("Location", self.path[len("/to/"):])
        self.send_header("Content-Length", "0" if moved else "5")
        self.end_headers()
        if not moved:
            self.wfile.write(b"bytes")

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
server.serve_forever()
