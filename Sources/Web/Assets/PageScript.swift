/// The script at the end of every page. Without it the pages say the same, and are brought up to date by loading them again.
///
/// It gives times in the reader's zone, asks `/api/v1/overview` how far work is (every 2 seconds while something runs, else
/// every 30), loads the page again when a state changes, and says when it gets no answer, so that nobody trusts a page that
/// is out of date.
enum PageScript {
    static let text = #"""
        (() => {
        "use strict";
        const find = (selector, from = document) => [...from.querySelectorAll(selector)];

        // In the words of the page.
        const number = value => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
        const amount = (value, noun) => `${number(value)} ${noun}${Math.round(value) === 1 ? "" : "s"}`;
        const size = bytes => {
          const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
          let unit = 0;
          while (bytes >= 1023.5 && unit < units.length - 1) { bytes /= 1024; unit += 1; }
          return `${unit === 0 || bytes >= 99.95 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
        };
        const duration = seconds => {
          if (seconds < 10) return `${seconds.toFixed(1)} s`;
          const whole = Math.round(seconds), part = (of, unit) => Math.floor(whole % of / unit);
          if (whole < 60) return `${whole} s`;
          if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
          if (whole < 86400) return `${Math.floor(whole / 3600)} h ${part(3600, 60)} min`;
          return `${Math.floor(whole / 86400)} d ${part(86400, 3600)} h`;
        };
        const span = seconds => {
          const minute = 60, hour = 3600, day = 86400;
          if (seconds < hour) return amount(Math.floor(seconds / minute), "minute");
          if (seconds < 2 * day) return amount(Math.floor(seconds / hour), "hour");
          if (seconds < 60 * day) return amount(Math.floor(seconds / day), "day");
          if (seconds < 730 * day) return amount(Math.floor(seconds / (30 * day)), "month");
          return amount(Math.floor(seconds / (365 * day)), "year");
        };
        const age = (time, now) => {
          const seconds = Math.floor((now - time) / 1000);
          if (seconds >= 0) return seconds < 60 ? "just now" : `${span(seconds)} ago`;
          return seconds > -60 ? "in less than a minute" : `in ${span(-seconds)}`;
        };
        const phases = {
          waiting: "waiting for its turn", snapshot: "taking the snapshot", export: "exporting and uploading",
          verify: "verifying", prune: "applying retention"
        };

        // Times in the reader's zone.
        const two = value => String(value).padStart(2, "0");
        const clock = time => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} `
          + `${two(time.getHours())}:${two(time.getMinutes())}`;
        for (const mark of find("time[datetime]")) {
          const time = new Date(mark.dateTime);
          if (time.getTimezoneOffset() !== 0) mark.title += ` (${clock(time)} your time)`;
        }
        for (const mark of find("[data-at]")) {
          const time = new Date(mark.dataset.at), local = clock(time);
          if (mark.dataset.shown.startsWith(local)) continue;
          const isSoon = time - Date.now() < 6 * 86400e3;
          const day = isSoon ? time.toLocaleDateString("en", { weekday: "short" }) : local.slice(0, 10);
          mark.textContent = `${day} ${local.slice(11)} your time`;
          mark.hidden = false;
        }

        // A machine's clock may differ from the reader's: ages are counted from what the page says.
        const made = document.querySelector(".as-of time");
        const begin = performance.now();
        const now = () => new Date(made.dateTime).getTime() + performance.now() - begin;
        const refreshAges = () => {
          for (const mark of find("time[data-age]")) {
            const text = age(new Date(mark.dateTime).getTime(), now());
            if (mark.textContent !== text) mark.textContent = text;
          }
        };

        const watch = document.body.dataset.watch;
        if (!watch) return;
        const stale = document.getElementById("stale");
        const news = document.getElementById("news");
        const seen = new Map();
        let known, timer, answered = new Date();

        // What the page was made of: where this changes, the page has to be made anew.
        const state = database => [
          database.status.name, database.status.state, database.status.lastBackup, database.status.lastProofAt,
          database.status.alarms.length, database.status.running?.id, database.verifying?.backup, database.exporting?.state,
          watch === "*" ? "" : database.status.running?.phase
        ];
        const set = (box, part, text) => {
          const place = box.querySelector(`[data-part=${part}]`);
          if (place && place.textContent !== text) place.textContent = text;
        };
        const progress = (box, fraction) => {
          const bar = box.querySelector("progress");
          if (typeof fraction === "number") bar.value = fraction; else bar.removeAttribute("value");
          set(box, "percent", typeof fraction === "number" ? `${Math.floor(fraction * 100)}%` : "");
        };
        const show = (box, databases) => {
          const [kind, id] = box.dataset.live.split(":");
          for (const database of databases) {
            const run = database.status.running, task = database.verifying, pieces = [];
            if (kind === "run" && run && String(run.id) === id) {
              const before = seen.get(id), at = performance.now(), phase = run.isRunning ? run.phase : "waiting";
              const doing = phases[phase] ?? phase;
              if (before && before.phase !== phase) news.textContent = `${database.status.name}: ${doing}`;
              set(box, "phase", doing);
              progress(box, run.fraction);
              if (run.rows) pieces.push(amount(run.rows, "row"));
              if (run.dumpBytes) pieces.push(size(run.dumpBytes));
              if (phase === "export" && before && before.bytes < run.dumpBytes) {
                pieces.push(`${size((run.dumpBytes - before.bytes) / (at - before.at) * 1000)}/s`);
              }
              if (typeof run.secondsLeft === "number") pieces.push(`${duration(run.secondsLeft)} left`);
              seen.set(id, { phase, bytes: run.dumpBytes, at });
            } else if (kind === "verification" && task && task.backup === id) {
              progress(box, task.fraction);
              if (typeof task.secondsLeft === "number") pieces.push(`${duration(task.secondsLeft)} left`);
            } else continue;
            if (pieces.length) set(box, "pace", pieces.join(", "));
          }
        };
        const poll = async () => {
          clearTimeout(timer);
          if (document.hidden) return;
          let isBusy = false;
          try {
            const answer = await fetch("/api/v1/overview", { cache: "no-store", headers: { Accept: "application/json" } });
            if (!answer.ok) throw new Error(answer.statusText);
            const overview = await answer.json();
            const databases = overview.databases.filter(database => watch === "*" || database.status.name === watch);
            const current = JSON.stringify([watch === "*" ? overview.headline : "", databases.map(state)]);
            if ((known !== undefined && known !== current) || document.body.classList.contains("is-stale")) {
              return location.reload();
            }
            known = current;
            const advice = document.querySelector(".hero .advice");
            if (advice && overview.advice && advice.textContent !== overview.advice) advice.textContent = overview.advice;
            answered = new Date();
            isBusy = overview.queued > 0 || databases.some(item => item.status.running || item.verifying || item.exporting);
            for (const box of find("[data-live]")) show(box, databases);
          } catch {
            stale.textContent = `No answer from Nightjar since ${clock(answered)}: this page may be out of date.`;
            stale.hidden = false;
            document.body.classList.add("is-stale");
          }
          refreshAges();
          timer = setTimeout(poll, isBusy ? 2000 : 30000);
        };
        document.addEventListener("visibilitychange", poll);
        poll();
        })();
        """#
}
