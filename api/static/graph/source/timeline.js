// Two sliders over the months: what was true, and what was known. Their steps are the last days of months, the day of the
// service, and the day that the address names.
const FIRST_YEAR = 2024;
const iso = (date) => date.toISOString().slice(0, 10);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const PAUSE = 350; // milliseconds that a month stays
const still = matchMedia("(prefers-reduced-motion: reduce)");

// As every page writes days.
function named(day) {
  const [year, month, date] = day.split("-").map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}`;
}

function days(today, own) {
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
      input.steps = days(root.dataset.today, input.dataset.day);
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
    this.stop();
    still.addEventListener("change", () => this.stop());
  }

  say(input) {
    const day = named(input.steps[input.value]);
    input.setAttribute("aria-valuetext", day);
    input.closest("div").querySelector("output").textContent = day;
  }

  // Who wants no motion goes on by a month at each press.
  stop() {
    this.playing = "";
    for (const button of this.buttons) {
      const { of } = button.dataset;
      button.textContent = still.matches ? "+1" : "▶";
      button.setAttribute("aria-label", still.matches ? `+1 month: ${of}` : `Play ${of}, month by month`);
      if (still.matches) button.removeAttribute("aria-pressed");
      else button.setAttribute("aria-pressed", "false");
    }
  }

  step(input) {
    input.value = input.value === input.max ? 0 : Number(input.value) + 1;
    this.say(input);
    return this.choose(input.dataset.lens, input.steps[input.value], true);
  }

  async toggle(button, input) {
    const name = input.dataset.lens;
    const again = this.playing === name;
    this.stop();
    if (again) return;
    if (still.matches) {
      await this.step(input);
      return;
    }
    this.playing = name;
    button.textContent = "❚❚";
    button.setAttribute("aria-pressed", "true");
    do await Promise.all([this.step(input), new Promise((resolve) => setTimeout(resolve, PAUSE))]);
    while (this.playing === name && input.value !== input.max);
    if (this.playing === name) this.stop();
  }
}
