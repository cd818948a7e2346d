import threading
from concurrent.futures import ThreadPoolExecutor

sums = []
adder = threading.Thread(name="adder", target=lambda: sums.append(sum(range(1, 101))))
adder.start()
adder.join()                                # no value: it went through a list
assert sums == [5050]
assert not adder.is_alive()

with ThreadPoolExecutor() as scope:         # does not end before its threads
    front = scope.submit(len, "waiting")
    back = scope.submit(len, "well")
assert front.result() + back.result() == 11
