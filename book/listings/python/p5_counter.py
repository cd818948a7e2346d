import threading

counter = 0
lock = threading.Lock()


def increment():
    global counter
    for _ in range(1000):
        with lock:                          # without it, updates may be lost
            counter += 1


threads = [threading.Thread(target=increment) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert counter == 2000

again = threading.RLock()                   # re-entrant: its owner may come in twice
with again, again:
    pass
