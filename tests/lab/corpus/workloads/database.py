"""Two clients of the redis server: they fill it with a shop's records, then read most and write some, the popular ones more often.

database.py SEED
"""
import json
import multiprocessing
import sys
from multiprocessing import connection

import redis
from words import Words

FILLED = 230 << 20  # bytes that the server counts as used
CLIENTS = 2
BATCH = 64     # commands sent at once
SETTLE_S = 5.0  # of reads and writes before the server counts as warm


def write(pipe, words: Words, number: int):
    """One record of a kind of its own: JSON, hashes, lists, sorted sets, and opaque sessions that expire."""
    kind = number % 16
    if kind < 8:
        pipe.set(f"order:{number}", json.dumps(words.order(number, number + 1)))
    elif kind < 11:
        pipe.hset(f"customer:{number}", mapping=words.customer(number))
    elif kind < 13:
        pipe.rpush(f"reviews:{number}", *(words.text(5, 60) for _ in range(words.random.randint(1, 8))))
    elif kind < 15:
        pipe.set(f"session:{number}", json.dumps({"token": words.token(96), "seen": words.time(), "cart": words.some(8)}), ex=86400)
    else:
        pipe.zadd(f"rating:{number % 4096}", {word: words.random.random() * 5 for word in words.some(12)})


def read(pipe, number: int):
    kind = number % 16
    if kind < 8:
        pipe.get(f"order:{number}")
    elif kind < 11:
        pipe.hgetall(f"customer:{number}")
    elif kind < 13:
        pipe.lrange(f"reviews:{number}", 0, 3)
    elif kind < 15:
        pipe.get(f"session:{number}")
    else:
        pipe.zrevrange(f"rating:{number % 4096}", 0, 9)


def client(seed: int, index: int, filled):
    """Fills its half of the server's memory, waits until all of it is filled, and then goes on without end."""
    words, server, number = Words(seed * CLIENTS + index), redis.Redis("127.0.0.1"), index
    pipe = server.pipeline(transaction=False)
    while server.info("memory")["used_memory"] < FILLED:
        for _ in range(16 * BATCH):
            write(pipe, words, number)
            number += CLIENTS
            if len(pipe) == BATCH:
                pipe.execute()
    filled.release()
    while True:
        for _ in range(BATCH // 4):
            popular = min(int(words.random.paretovariate(0.3)), number)
            chosen = popular * 2654435761 % number
            if words.random.random() < 0.2:
                write(pipe, words, chosen)
            else:
                read(pipe, chosen)
        pipe.execute()


def main():
    seed, filled = int(sys.argv[1]), multiprocessing.Semaphore(0)
    clients = [multiprocessing.Process(target=client, args=(seed, index, filled), daemon=True) for index in range(CLIENTS)]
    for one in clients:
        one.start()
    waiting = CLIENTS
    while waiting and all(one.is_alive() for one in clients):
        waiting -= filled.acquire(timeout=0.5)
    connection.wait([one.sentinel for one in clients], timeout=SETTLE_S)
    if all(one.is_alive() for one in clients):
        with open("/dev/ttyS1", "w") as outside:
            outside.write("warm\n")
        connection.wait([one.sentinel for one in clients])
    sys.exit("a client of the server ended")


if __name__ == "__main__":
    main()
