// The page follows the spreadsheet: what changed is put in place, and the reader's place in it is kept.
const main = document.querySelector("main");
let version = document.body.dataset.version;
setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { "If-None-Match": version } }).catch(() => null);
  if (!answer || answer.status !== 200) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  version = fresh.body.dataset.version;
  const place = main.querySelector(".grid");
  const [left, top] = place ? [place.scrollLeft, place.scrollTop] : [0, 0];
  document.querySelector("nav")?.replaceWith(fresh.querySelector("nav"));
  main.innerHTML = fresh.querySelector("main").innerHTML;
  main.querySelector(".grid")?.scrollTo(left, top);
}, 3000);
