// Choosing how many or why ticks the box of the line.
for (const line of document.querySelectorAll("#choose .lines li")) {
  const box = line.querySelector('input[type="checkbox"]');
  line.querySelector(".extra")?.addEventListener("change", () => { box.checked = true; });
}
// Printing needs a script, so the button is there only with one.
const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
