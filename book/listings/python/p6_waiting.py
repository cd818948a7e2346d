import threading

table = []
served = threading.Condition()              # brings its own lock


def eat():
    with served:
        served.wait_for(lambda: table)      # the loop is inside
        eaten.append(table.pop())


eaten = []
eater = threading.Thread(target=eat)
eater.start()
with served:
    table.append("noodles")
    served.notify()
eater.join()
assert eaten == ["noodles"]

cubicles = threading.BoundedSemaphore(3)
try:
    cubicles.release()
except ValueError:
    pass                                    # four permits of three
