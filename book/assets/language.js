// The link to the same page of the other edition, which is built beside this one: .../en/ and .../zh/.
(() => {
  "use strict";
  const other = document.documentElement.lang === "zh"
    ? { folder: "en", name: "English" }
    : { folder: "zh", name: "中文" };
  const root = new URL(path_to_root || "./", location.href); // eslint-disable-line no-undef
  const page = location.href.slice(root.href.length);
  const link = document.createElement("a");
  link.className = "language";
  link.href = new URL("../" + other.folder + "/" + (page.split("#")[0] || "index.html"), root).href;
  link.lang = other.folder;
  link.textContent = other.name;
  const bar = document.querySelector("#mdbook-menu-bar .right-buttons, #menu-bar .right-buttons");
  (bar || document.querySelector("main")).prepend(link);

  // mdBook names its notes in English.
  const names = { Note: "注", Tip: "提示", Important: "要点", Warning: "注意", Caution: "小心" };
  if (other.folder === "en") {
    for (const title of document.querySelectorAll(".blockquote-tag-title")) {
      const text = title.lastChild;
      text.textContent = names[text.textContent.trim()] || text.textContent;
    }
  }
})();
