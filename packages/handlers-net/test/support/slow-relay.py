"""Stands between a sender and a receiver and passes on what comes; between SIGUSR2 and SIGUSR1 it reads so many bytes a second from the sender.

python3 slow-relay.py <port of the receiver> <bytes a second>. Prints its own port.
"""
import signal
import socket
import sys
import threading
import time

port, rate = int(sys.argv[1]), int(sys.argv[2])
free = threading.Event()
free.set()
signal.signal(signal.SIGUSR1, lambda *_: free.set())
signal.signal(signal.SIGUSR2, lambda *_: free.clear())


def onward(source, target):
    try:
        while chunk := source.recv(65536 if free.is_set() else rate):
            target.sendall(chunk)
            if not free.is_set():
                free.wait(len(chunk) / rate)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        target.close()


def back(source, target):
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
    except OSError:
        pass
    finally:
        for each in (source, target):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)


def serve():
    while True:
        sender, _ = server.accept()
        receiver = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=onward, args=(sender, receiver), daemon=True).start()
        threading.Thread(target=back, args=(receiver, sender), daemon=True).start()


threading.Thread(target=serve, daemon=True).start()
while True:
    time.sleep(3600)
