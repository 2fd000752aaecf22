"""Logs through the standard library's own handler."""
import logging
import logging.handlers
import sys

root = logging.getLogger()
root.setLevel(logging.DEBUG)
root.addHandler(logging.handlers.SocketHandler("127.0.0.1", int(sys.argv[1])))

logging.getLogger("billing").info("%d invoices for %s", 3, "Zoë")
logging.getLogger("billing.tax").warning("rate missing", extra={"user": "ann"})
logging.shutdown()
