// Steps through every interleaving of a small program. The graph is in the page, made by book/listings
// (src/explore.rs): <div class="stepper"><script type="application/json">…</script></div>.
(() => {
  "use strict";
  const WORDS = {
    en: {
      step: "step", undo: "undo", again: "again", bad: "show a bad run", ended: "ended",
      asleep: "asleep", held: "can't go on now", begin: "Choose who makes the next step.",
      good: "A good end.", wrong: "A wrong end!", stuck: "Stuck: nobody can go on.",
      runs: (r) => `Of ${r.good + r.bad + r.stuck} interleavings ${r.bad + r.stuck} go wrong.`,
      keys: (n) => `Keys: 1 to ${n} step, u undo, r again.`,
      name: "A program to step through", thread: (name) => `thread ${name}`,
      broken: "This stepper has no data. Run: cargo run -p listings --bin pictures, and build the book anew.",
    },
    zh: {
      step: "走一步", undo: "退一步", again: "重来", bad: "看一个出错的", ended: "已结束",
      asleep: "睡着", held: "现在走不了", begin: "选下一步由谁走。",
      good: "结果正确。", wrong: "结果错了！", stuck: "卡死：谁也走不了。",
      runs: (r) => `共有 ${r.good + r.bad + r.stuck} 种交错，其中 ${r.bad + r.stuck} 种出错。`,
      keys: (n) => `按键：1 到 ${n} 走一步，u 退一步，r 重来。`,
      name: "可以一步步走的程序", thread: (name) => `线程 ${name}`,
      broken: "这里没有数据。请运行 cargo run -p listings --bin pictures，再重新构建本书。",
    },
  };
  const words = WORDS[document.documentElement.lang] || WORDS.en;

  const make = (tag, parent, text = "", name = "") => {
    const element = parent.appendChild(document.createElement(tag));
    element.textContent = text;
    element.className = name;
    return element;
  };

  for (const box of document.querySelectorAll(".stepper")) {
    try {
      start(box, JSON.parse(box.querySelector("script").textContent));
    } catch (error) {
      make("p", box, `${words.broken} (${error.message})`, "end bad");
    }
  }

  function start(box, graph) {
    let path = [0];
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", words.name);
    const threads = make("div", box, "", "threads");
    const columns = graph.threads.map(({ name, code }, thread) => {
      const column = make("div", threads, "", "thread");
      make("h4", column, name);
      const list = make("ol", column);
      const lines = code.map((line) => make("li", list, line));
      const button = make("button", column);
      button.type = "button";
      button.addEventListener("click", () => step(thread));
      return { name, lines, button };
    });
    const news = make("div", box); // read aloud as a whole after each step
    news.setAttribute("aria-live", "polite");
    news.setAttribute("aria-atomic", "true");
    const vars = make("div", news, "", "vars");
    const end = make("div", news, "", "end");
    const tools = make("div", box);
    const tool = (text, act) => {
      const button = make("button", tools, text);
      button.type = "button";
      button.addEventListener("click", act);
      return button;
    };
    const undo = tool(words.undo, () => { path.length > 1 && path.pop(); show(); });
    tool(words.again, () => { path = [0]; show(); });
    if (graph.runs.bad + graph.runs.stuck > 0) {
      tool(words.bad, () => { path = badRun(); show(); });
    }
    make("div", box, `${words.runs(graph.runs)} ${words.keys(columns.length)}`, "seen");
    box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) { return; }
      const thread = Number(event.key) - 1;
      if (columns[thread]) { step(thread); }
      else if (event.key === "u") { undo.click(); }
      else if (event.key === "r") { path = [0]; show(); }
      else { return; }
      event.preventDefault();
      event.stopPropagation();
    });
    show();

    function node() { return graph.nodes[path[path.length - 1]]; }

    function step(thread) {
      const next = node().next[thread];
      if (next !== null) { path.push(next); show(); }
    }

    // The shortest way to an end that is not good.
    function badRun() {
      const from = new Map([[0, null]]);
      const queue = [0];
      for (const id of queue) {
        if (graph.nodes[id].end && graph.nodes[id].end !== "good") {
          const run = [];
          for (let at = id; at !== null; at = from.get(at)) { run.unshift(at); }
          return run;
        }
        for (const next of graph.nodes[id].next) {
          if (next !== null && !from.has(next)) { from.set(next, id); queue.push(next); }
        }
      }
      return [0];
    }

    function show() {
      const now = node();
      const before = graph.nodes[path[path.length - 2] ?? 0];
      columns.forEach(({ name, lines, button }, thread) => {
        const can = now.next[thread] !== null;
        const over = now.line[thread] >= lines.length;
        lines.forEach((line, at) => {
          const here = at === now.line[thread];
          line.className = here ? (can ? "here" : "here held") : "";
          here ? line.setAttribute("aria-current", "step") : line.removeAttribute("aria-current");
        });
        button.disabled = !can;
        const why = over ? words.ended : now.asleep[thread] ? words.asleep : words.held;
        button.textContent = can ? `${thread + 1}: ${words.step}` : why;
        button.setAttribute("aria-label", `${button.textContent}, ${words.thread(name)}`);
      });
      vars.textContent = "";
      graph.vars.forEach((name, at) => {
        const changed = now.vars[at] !== before.vars[at];
        make("span", vars, `${name} = `);
        make(changed ? "b" : "span", vars, String(now.vars[at]));
        make("span", vars, "   ");
      });
      vars.style.whiteSpace = "pre-wrap";
      const ends = { good: words.good, bad: words.wrong, stuck: words.stuck };
      end.textContent = now.end ? ends[now.end] : path.length === 1 ? words.begin : "";
      end.className = `end ${now.end || ""}`;
      undo.disabled = path.length === 1;
      // A button that has just been disabled would take the keys with it.
      const focused = document.activeElement;
      if (box.contains(focused) && focused.disabled) {
        box.focus({ preventScroll: true });
      }
    }
  }
})();
