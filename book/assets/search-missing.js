// A search without its index says so where the results would be: mdBook tells the console only.
(() => {
  "use strict";
  addEventListener("error", (event) => {
    const results = document.getElementById("mdbook-searchresults-header");
    if (event.target.id !== "mdbook-search-index" || !results) { return; }
    results.textContent = document.documentElement.lang === "zh"
      ? "搜索用的索引不在：请重新构建本书。"
      : "The index of the search is missing: build the book anew.";
    document.getElementById("mdbook-searchresults-outer").classList.remove("hidden");
  }, true);
})();
