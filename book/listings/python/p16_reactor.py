import heapq
import selectors
import socket
import time

near, far = socket.socketpair()
near.setblocking(False)
try:
    near.recv(64)
except BlockingIOError:                         # WouldBlock
    pass

selector = selectors.DefaultSelector()          # epoll, kqueue: what the system has
selector.register(near, selectors.EVENT_READ, lambda: log.append(near.recv(64)))
start, log = time.monotonic(), []
timers = [(start + 0.02, lambda: log.append("later")), (start + 0.01, lambda: far.send(b"tea"))]
heapq.heapify(timers)
while len(log) < 2:                             # asyncio's loop, without its tasks
    limit = timers[0][0] - time.monotonic() if timers else None
    for key, _ in selector.select(limit):       # the only line that sleeps
        key.data()
    while timers and timers[0][0] <= time.monotonic():
        heapq.heappop(timers)[1]()
assert sorted(map(str, log)) == ["b'tea'", "later"]
near.close(), far.close()
