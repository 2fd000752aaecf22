"""A receiver as Python's logging cookbook builds it: a thread for each connection, the standard library's handler behind it.

python3 receiver.py <file> <bytes of a file> <format> <connections>. Prints its port; ends when so many connections have ended.
"""
import logging
import logging.handlers
import pickle
import socketserver
import struct
import sys
import threading

path, limit, layout, connections = sys.argv[1:]
ended = threading.Semaphore(0)
handler = logging.handlers.RotatingFileHandler(path, maxBytes=int(limit), backupCount=1000, encoding="utf-8")
handler.setFormatter(logging.Formatter(layout))
logging.getLogger().addHandler(handler)


class Records(socketserver.StreamRequestHandler):
    def handle(self):
        while len(prefix := self.connection.recv(4)) == 4:
            size = struct.unpack(">L", prefix)[0]
            chunk = self.connection.recv(size)
            while len(chunk) < size:
                chunk = chunk + self.connection.recv(size - len(chunk))
            record = logging.makeLogRecord(pickle.loads(chunk))
            logging.getLogger(record.name).handle(record)
        ended.release()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    request_queue_size = 16


server = Server(("127.0.0.1", 0), Records)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
for _ in range(int(connections)):
    ended.acquire()
server.shutdown()
server.server_close()
logging.shutdown()
