//! The words in the pictures, in Chinese.

/// The Chinese for a word of a picture.
///
/// # Panics
///
/// When it is not in the list: add it.
pub fn zh(text: &str) -> &'static str {
    let found = WORDS.iter().find(|(en, _)| *en == text).map(|(_, zh)| *zh);
    found.unwrap_or_else(|| {
        panic!(
            "no Chinese for {text:?}: add it to book/listings/src/scenes/words.rs"
        )
    })
}

/// English, Chinese; what is code or a name stays as it is.
const WORDS: &[(&str, &str)] = &[
    ("", ""),
    // states
    ("running", "运行"),
    ("ready, but its thread is taken", "就绪，但线程被占着"),
    ("blocks its thread", "阻塞，占着线程"),
    ("waits; its thread is free", "等待，不占线程"),
    ("minutes", "分钟"),
    ("milliseconds", "毫秒"),
    ("hours", "小时"),
    // 1
    (
        "Zhang and his kettle in four runs: he stands by it, looks in, stands by a whistling one, watches TV until it whistles",
        "老张和水壶的四次运行：守着等；不时去看；守着响水壶；看电视直到壶响",
    ),
    ("plain kettle, Zhang stands by it", "普通水壶，老张守着"),
    ("plain kettle, Zhang looks in now and then", "普通水壶，老张不时去看一眼"),
    ("whistling kettle, Zhang stands by it anyway", "响水壶，老张还是守着"),
    ("whistling kettle, Zhang watches TV", "响水壶，老张看电视"),
    ("kettle", "水壶"),
    ("Zhang", "老张"),
    ("heats", "加热"),
    ("whistle", "响"),
    ("stands by", "守着"),
    ("TV", "看电视"),
    ("tea", "沏茶"),
    ("?", "？"),
    ("await", "await"),
    ("make tea", "沏茶任务"),
    ("watch TV", "电视任务"),
    // 2
    (
        "Two queues of three people: with one machine they take turns until minute 12, with two machines they are done at minute 6",
        "两队共六人：一台咖啡机轮流用，12 分钟；两台，6 分钟",
    ),
    ("two queues, one machine: concurrent", "两队，一台机器：并发"),
    (
        "two queues, two machines: concurrent and parallel",
        "两队，两台机器：并发且并行",
    ),
    ("machine 1", "咖啡机 1"),
    ("machine 2", "咖啡机 2"),
    ("coffee", "咖啡"),
    (
        "Four people who wait six minutes for an answer and need one minute of work: one thread is enough",
        "四个人各等六分钟，只干一分钟活：一个线程就够",
    ),
    ("much waiting, little work: one thread", "等得多，干得少：一个线程"),
    ("the same on two threads", "同样的事，两个线程"),
    ("thread 1", "线程 1"),
    ("thread 2", "线程 2"),
    ("on hold", "等接通"),
    ("notes", "记录"),
    ("Ann", "小安"),
    ("Bo", "阿博"),
    ("Cy", "老赛"),
    ("Di", "小迪"),
    ("Eve", "小夏"),
    ("Fu", "阿福"),
    // 3
    (
        "Tasks on one thread: when one of them awaits, the others run; when it blocks the thread, nobody does",
        "一个线程上的几个任务：有一个 await，别的照跑；有一个阻塞线程，谁都不动",
    ),
    ("the first task awaits a sleep", "第一个任务 await 一次休眠"),
    ("the first task blocks its thread", "第一个任务阻塞了线程"),
    ("the only thread", "唯一的线程"),
    ("sleeper", "睡觉的"),
    ("rt.sleep().await", "rt.sleep().await"),
    ("thread::sleep", "thread::sleep"),
    ("task 1", "任务 1"),
    ("task 2", "任务 2"),
    ("task 3", "任务 3"),
    ("task 4", "任务 4"),
    // 4
    (
        "The main thread starts three workers and joins them in order: it waits for the slowest, whatever the order",
        "主线程启动三个工人线程，再依次 join：不管什么顺序，等的都是最慢的那个",
    ),
    ("main", "main"),
    ("spawn", "spawn"),
    ("worker-a", "worker-a"),
    ("worker-b", "worker-b"),
    ("worker-c", "worker-c"),
    ("join a", "join a"),
    ("join b", "join b"),
    ("join c", "join c"),
    // 5
    (
        "Two threads take two locks in opposite order and wait for each other for ever; in one order, one waits for a while",
        "两个线程以相反的次序拿两把锁，互相等到永远；次序一致，只有一个等一会儿",
    ),
    ("opposite order", "次序相反"),
    ("one order", "次序一致"),
    ("thread A", "线程 A"),
    ("thread B", "线程 B"),
    ("lock 1", "锁 1"),
    ("lock 2", "锁 2"),
    // 6
    (
        "Three hikers of different pace meet after each stage: the fast ones wait for the slowest",
        "三个步速不同的人，每段路后会合：快的等慢的",
    ),
    ("walks", "走路"),
    ("waits", "等人"),
    ("leads", "领头"),
    // 7
    (
        "A quick cook and a slow eater: without a bound the queue grows, with a bound of two the cook waits for room",
        "厨师快，食客慢：队列无界，菜越堆越多；界是二，厨师等空位",
    ),
    ("no bound", "无界"),
    ("room for two", "只放得下两盘"),
    ("cook", "厨师"),
    ("eater", "食客"),
    ("cooks", "做菜"),
    ("eats", "吃"),
    ("full", "满了"),
    ("empty", "空的"),
    ("in the queue", "队列里"),
    // 8
    (
        "Five jobs on two workers: with map the main thread shows the results in the order of the jobs and waits for the slow first one; with as_completed it shows each when it is ready",
        "五件活，两个工人：用 map，主线程按活的次序出结果，先等慢的第一件；用 as_completed，哪件好了出哪件",
    ),
    ("map: in the order of the jobs", "map：按活的次序"),
    ("as_completed: whichever is ready", "as_completed：哪件好了算哪件"),
    ("seconds", "秒"),
    ("worker 1", "工人 1"),
    ("worker 2", "工人 2"),
    ("job 1", "活 1"),
    ("job 2", "活 2"),
    ("job 3", "活 3"),
    ("job 4", "活 4"),
    ("job 5", "活 5"),
    ("any", "哪件都行"),
    ("1", "1"),
    ("2", "2"),
    ("3", "3"),
    ("4", "4"),
    ("5", "5"),
    (
        "A pool with one worker: a job that waits for another job of the same pool waits for ever, unless whoever waits runs what is queued",
        "只有一个工人的池：活里等同一个池的另一件活，等到永远；除非等的人自己去做排着的活",
    ),
    ("a pool by hand", "手工做的池"),
    ("a pool in which those who wait help", "等的人会帮忙的池"),
    ("the only worker", "唯一的工人"),
    ("outer", "外层"),
    ("inner", "里层"),
    ("waits for inner", "等里层"),
    // 9
    (
        "Requests on one thread note their number before and after an await: in a thread-local the last one wins, in a task-local each keeps its own",
        "一个线程上的几个请求，在 await 前后各记一次编号：线程局部变量里最后写的赢，任务局部变量里各记各的",
    ),
    ("thread-local", "线程局部"),
    ("task-local", "任务局部"),
    ("request 1", "请求 1"),
    ("request 2", "请求 2"),
    ("request 3", "请求 3"),
    ("I am 0", "我是 0"),
    ("I am 1", "我是 1"),
    ("I am 2", "我是 2"),
    ("I am 3", "我是 3"),
    // 13
    (
        "Each question goes down from block_on to the innermost future that is not ready; its answer comes back up",
        "每次询问都从 block_on 往下，一直问到最里层那个还没好的 future；回答再一路返回",
    ),
    ("steps", "步"),
    ("block_on", "block_on"),
    ("tea()", "tea()"),
    ("boil", "boil"),
    ("steep", "steep"),
    ("poll", "poll"),
    ("Pending", "Pending"),
    ("Ready", "Ready"),
    // 15
    (
        "Three tasks on one thread take turns when each gives it back; a task that does not keeps the others waiting",
        "一个线程上的三个任务，各自交还线程，就轮流跑；有一个不交还，别的就得等",
    ),
    ("each gives the thread back", "各自交还线程"),
    ("one is greedy", "有一个贪心"),
    // 16
    (
        "Two waits take two threads that sleep; or two tasks on one thread leave their wakers with a reactor, which sleeps for both and wakes each when the kernel has told it",
        "两处等待要两个睡着的线程；也可以是一个线程上的两个任务，把 waker 留给反应器，由它替两个睡，内核来通知，就唤醒该醒的那个",
    ),
    ("a thread for each wait", "一处等待一个线程"),
    ("tasks, and a reactor that sleeps for both", "两个任务，一个替它们睡的反应器"),
    ("network", "网络"),
    ("clock", "时钟"),
    ("bytes travel", "字节在路上"),
    ("ticks", "走"),
    ("reader", "读的"),
    ("reactor", "反应器"),
    ("read", "read"),
    ("read().await", "read().await"),
    ("sleep().await", "sleep().await"),
    ("leaves its waker", "留下 waker"),
    ("wakes", "唤醒"),
    // 17
    (
        "A asks for a lock again and again, B and C wait for it on a busy thread: with barging A has it six times in a row; with hand-off the lock is idle until B and C get to it; with bounded barging they get it after A has passed them twice",
        "A 一次接一次地要锁，B 和 C 在一个忙着的线程上等：插队，A 连拿六次；移交，锁闲着，直到 B 和 C 轮到运行；有界插队，A 插过两次以后轮到他们",
    ),
    ("barging: whoever runs may take it", "插队：谁在跑谁就可以拿"),
    ("hand-off: it is for the first in line", "移交：留给排头的"),
    ("bounded: passed twice, handed over", "有界：被插两次，就移交"),
    ("A", "A"),
    ("B", "B"),
    ("C", "C"),
    ("has it", "拿着锁"),
    ("in line", "排队"),
    ("other work", "别的活"),
    ("the lock", "锁"),
    // 18
    (
        "A thread that asks a task blocks itself, and nobody else; a task that asks a pool waits, and its thread serves another task meanwhile; a task that blocks its thread for a task of this thread waits for ever, and so does everybody there",
        "线程问任务，阻塞的只有自己；任务问池，任务等着，线程去照顾别的任务；任务阻塞自己的线程，去等这个线程上的另一个任务，就等到永远，线程上的人全都跟着等",
    ),
    ("a thread asks a task", "线程问任务"),
    ("a task asks a pool", "任务问池"),
    (
        "a task blocks for a task of its own thread",
        "任务占着线程，等这个线程上的任务",
    ),
    ("the runtime's thread", "运行时的线程"),
    ("task", "任务"),
    ("inner task", "里层任务"),
    ("another task", "别的任务"),
    ("join_blocking", "join_blocking"),
    ("handle.await", "handle.await"),
    ("pool", "池"),
    ("file", "文件"),
    // 19
    (
        "A server that stalls for six seconds: a client that sends its next request after the answer sees one slow request, clients that come when they come see four",
        "停顿六秒的服务器：等到答复才再问的客户，只见到一个慢请求；到时候就来的客户，见到四个",
    ),
    (
        "closed loop: one client, who waits before asking again",
        "闭环：一个客户，等到答复才再问",
    ),
    (
        "open loop: clients who come every other second",
        "开环：客户每两秒来一个，到时候就来",
    ),
    ("server", "服务器"),
    ("stalls", "停顿"),
    ("waiting", "等着"),
    ("request 4", "请求 4"),
    ("request 5", "请求 5"),
    ("request 6", "请求 6"),
    (
        "How many times the best of its row each of four executors needs, row by row",
        "逐行比较四个执行器：各是这一行里最好的几倍",
    ),
    ("spawn+join, in a task", "派生并会合，在任务里"),
    ("spawn+join, from root", "派生并会合，在根上"),
    ("memory of a live task", "一个活任务的内存"),
    ("yield, 200 tasks", "让出，200 个任务"),
    ("ping-pong, 2 tasks", "乒乓，2 个任务"),
    ("wake by other thread", "别的线程来唤醒"),
    ("1 ms sleep: late p50", "睡 1 毫秒：晚了 p50"),
    ("beside hogs: late p99", "旁边有霸占的：晚了 p99"),
    ("blocking round trip", "阻塞活一来一回"),
    ("pages: index a tree", "pages：给目录树建索引"),
    // 20
    (
        "Ann and Bo wait for a lock and Ann gives up. In line she leaves no trace; if she was just woken, she passes it on to Bo; with a lock that does not pass it on, Bo waits for ever for a lock that is free",
        "小安和阿博在等一把锁，小安不等了。还排着队，她走得不留痕迹；刚被叫醒，她让给阿博；换一把不会转让的锁，锁空着，阿博却等到永远",
    ),
    ("she leaves the line", "她从队里走了"),
    ("she leaves when she was just woken", "她刚被叫醒就走了"),
    (
        "the same, with a lock that knows nothing of leaving",
        "同样的事，换一把没想过有人会走的锁",
    ),
    ("holder", "拿锁的"),
    ("has the lock", "拿着锁"),
    ("gives up", "不等了"),
    ("waits for the lock", "等锁"),
    // 22
    (
        "Who waits for whom when nothing goes on: five philosophers in a circle, each for the fork of the next, and the root for one of them; a clerk who waits for a lock that he holds, and was woken for another that he does not look at",
        "谁也走不动的时候，谁在等谁：五位哲学家等成一圈，各等下一位的叉子，根等着其中一位；一个办事员等着自己拿着的锁，又为另一把锁被叫醒过，却没有去看",
    ),
    ("five at the table", "一桌五个人"),
    ("one who waits for himself", "一个人等自己"),
    ("woken for it, and does not look", "为它被叫醒，却不去看"),
    ("which it holds itself", "自己正拿着"),
    // 23
    (
        "All six interleavings of two threads that write a word each and then read the other's: three of them are all one has to try",
        "两个线程各写一个字，再读对方的，共六种交错：只要试其中三种",
    ),
    ("A: x = 1", "A：x = 1"),
    ("A reads y", "A 读 y"),
    ("B: y = 1", "B：y = 1"),
    ("B reads x", "B 读 x"),
    ("as", "同"),
];
