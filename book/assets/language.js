// The link to the same page of the other edition. Both are built side by side: .../en/ and .../zh/.
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
})();
