// mdBook's search knows words by the spaces between them, and Chinese has none. This puts a search for
// substrings in the place of its index; the box, the results and the marks stay mdBook's.
(() => {
  "use strict";
  if (typeof elasticlunr === "undefined") {
    console.warn("搜索：没有找到 mdBook 的 elasticlunr，搜索不可用");
    return;
  }
  const AROUND = 40;
  const count = (text, term) => text.split(term).length - 1;

  elasticlunr.Index.load = (index) => {
    const docs = index && index.documentStore && index.documentStore.docs;
    if (!docs) {
      document.getElementById("mdbook-search-index")?.dispatchEvent(new Event("error")); // as if it were missing
      throw new Error("搜索：searchindex 里没有正文，请重新构建本书");
    }
    return {
      search(query) {
        const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
        const found = [];
        for (const doc of Object.values(docs)) {
          const title = (doc.title || "").toLowerCase();
          const body = doc.body || "";
          const low = body.toLowerCase();
          if (!terms.every((term) => title.includes(term) || low.includes(term))) {
            continue;
          }
          const score = terms.reduce((sum, term) => sum + 10 * count(title, term) + count(low, term), 0);
          found.push({ ref: doc.id, score, doc: { ...doc, body: teaser(body, low, terms) } });
        }
        return found.sort((a, b) => b.score - a.score);
      },
    };
  };

  // The text around the first hit. Spaces make the term a word, which mdBook then marks.
  function teaser(body, low, terms) {
    const term = terms.find((each) => low.includes(each));
    if (!term) {
      return body.slice(0, 2 * AROUND);
    }
    const at = low.indexOf(term);
    const end = at + term.length;
    const before = body.slice(Math.max(0, at - AROUND), at);
    return `${before} ${body.slice(at, end)} ${body.slice(end, end + AROUND)}`;
  }
})();
