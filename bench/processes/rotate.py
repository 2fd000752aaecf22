# The rotating scenario in CPython: rotate.py <file> <records> <bytes to a file>
import logging
import logging.handlers
import sys
import time

file, records, limit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
handler = logging.handlers.RotatingFileHandler(file, maxBytes=limit, backupCount=100)
handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
logger = logging.getLogger("app.module")
logger.setLevel(logging.INFO)
logger.addHandler(handler)
cpu, wall = time.process_time_ns(), time.perf_counter_ns()
for index in range(records):
    logger.info("record %d of a run that fills a number of files one after the other, padded to length", index)
handler.close()
print((time.process_time_ns() - cpu) / records, (time.perf_counter_ns() - wall) / records)
