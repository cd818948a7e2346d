import queue
import threading

counter = queue.Queue(maxsize=4)
END = object()
EATERS = 2


def eat(eaten):
    while (dish := counter.get()) is not END:
        eaten.append(dish)
        counter.task_done()
    counter.task_done()


eaten = []
eaters = [threading.Thread(target=eat, args=(eaten,)) for _ in range(EATERS)]
for eater in eaters:
    eater.start()
for dish in range(30):
    counter.put(dish)                       # waits while four are waiting
for _ in range(EATERS):
    counter.put(END)                        # one for each eater
counter.join()
assert sorted(eaten) == list(range(30))
