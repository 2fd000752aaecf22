"""Receives one connection of pickled records and handles them with the standard library."""
import logging
import pickle
import socketserver
import struct
import sys


class Records(socketserver.StreamRequestHandler):
    def handle(self):
        while len(prefix := self.rfile.read(4)) == 4:
            attributes = pickle.loads(self.rfile.read(struct.unpack(">L", prefix)[0]))
            record = logging.makeLogRecord(attributes)
            logging.getLogger(record.name).handle(record)


logging.basicConfig(stream=sys.stdout, format="%(name)s %(levelname)s %(message)s (%(filename)s, user %(user)s)")
with socketserver.TCPServer(("127.0.0.1", 0), Records) as server:
    print(server.server_address[1], flush=True)
    server.handle_request()
