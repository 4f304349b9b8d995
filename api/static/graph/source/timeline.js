// Two sliders over the months: what was true, and what was known. Their steps are the last days of months, today, and the
// day that the address names.
const FIRST_YEAR = 2024;
const iso = (date) => date.toISOString().slice(0, 10);
const named = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const PAUSE = 350; // milliseconds that a month stays

function days(own) {
  const today = iso(new Date());
  const ends = [];
  for (let month = 1; ; month += 1) {
    const end = iso(new Date(Date.UTC(FIRST_YEAR, month, 0)));
    if (end >= today) break;
    ends.push(end);
  }
  return [...new Set([...ends, today, own])].sort();
}

export class Timeline {
  constructor(root, choose) {
    this.choose = choose;
    this.playing = "";
    this.sliders = new Map([...root.querySelectorAll("input[type=range]")].map((input) => [input.dataset.lens, input]));
    for (const input of this.sliders.values()) {
      input.steps = days(input.dataset.day);
      input.max = input.steps.length - 1;
      input.value = input.steps.indexOf(input.dataset.day);
      this.say(input);
      input.addEventListener("input", () => {
        this.stop();
        this.say(input);
        this.choose(input.dataset.lens, input.steps[input.value], false);
      });
    }
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-play]");
      if (button) this.toggle(button, this.sliders.get(`${button.dataset.play}On`));
    });
    this.buttons = [...root.querySelectorAll("[data-play]")];
  }

  say(input) {
    const day = named.format(new Date(input.steps[input.value]));
    input.setAttribute("aria-valuetext", day);
    input.closest("div").querySelector("output").textContent = day;
  }

  stop() {
    this.playing = "";
    for (const button of this.buttons) {
      button.textContent = "▶";
      button.setAttribute("aria-pressed", "false");
    }
  }

  async toggle(button, input) {
    const name = input.dataset.lens;
    const again = this.playing === name;
    this.stop();
    if (again) return;
    this.playing = name;
    button.textContent = "❚❚";
    button.setAttribute("aria-pressed", "true");
    if (input.value === input.max) input.value = 0;
    else input.value = Number(input.value) + 1;
    while (this.playing === name) {
      this.say(input);
      await Promise.all([
        this.choose(name, input.steps[input.value], true),
        new Promise((resolve) => setTimeout(resolve, PAUSE)),
      ]);
      if (input.value === input.max && this.playing === name) this.stop();
      else if (this.playing === name) input.value = Number(input.value) + 1;
    }
  }
}
