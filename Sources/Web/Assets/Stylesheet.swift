/// The style of all pages, inline with the answer's nonce. System fonts, nothing from elsewhere.
///
/// Text has a contrast of at least 4.5 to 1 and pictures of 3 to 1 in both schemes (WCAG 2.2, 1.4.3 and 1.4.11).
enum Stylesheet {
    static let text = colours + base + frame + overview + detail + print

    private static let colours = """
        :root {
          color-scheme: light dark;
          --paper: #f6f5f2; --surface: #ffffff; --sunk: #efede8; --ink: #1b1e24; --quiet: #565d68;
          --rule: #dedbd4; --edge: #84898f; --link: #0a5788; --focus: #0a5788; --bar: #2b6f9e; --bar-soft: #5e95ba;
          --good: #14613a; --good-fill: #2b8a57; --good-soft: #e2f0e6; --good-rule: #b9dcc5;
          --warn: #775000; --warn-fill: #b27a08; --warn-soft: #fbf0d5; --warn-rule: #ead39a;
          --bad: #a3172a; --bad-fill: #c9283c; --bad-soft: #fbe7e7; --bad-rule: #efbcbf;
          --calm: #565d68; --calm-soft: #efede8; --calm-rule: #dedbd4;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #101318; --surface: #181c23; --sunk: #12161b; --ink: #e6e8ec; --quiet: #a3abb6;
            --rule: #2b313b; --edge: #76808d; --link: #86c5f0; --focus: #9bd0f5; --bar: #5aa9dc; --bar-soft: #47799d;
            --good: #7fd6a0; --good-fill: #3fa970; --good-soft: #12281c; --good-rule: #23472f;
            --warn: #ebc26a; --warn-fill: #d19a2b; --warn-soft: #2a210f; --warn-rule: #4d3d19;
            --bad: #ff9d9a; --bad-fill: #ee5c62; --bad-soft: #35181c; --bad-rule: #5f2a30;
            --calm: #a3abb6; --calm-soft: #181c23; --calm-rule: #2b313b;
          }
        }
        .good { --tone: var(--good); --tone-soft: var(--good-soft); --tone-rule: var(--good-rule); }
        .warn { --tone: var(--warn); --tone-soft: var(--warn-soft); --tone-rule: var(--warn-rule); }
        .bad { --tone: var(--bad); --tone-soft: var(--bad-soft); --tone-rule: var(--bad-rule); }
        .calm { --tone: var(--calm); --tone-soft: var(--calm-soft); --tone-rule: var(--calm-rule); }

        """

    private static let base = """
        *, *::before, *::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
          font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
        h1, h2, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
        h1, h2 { line-height: 1.2; font-weight: 650; letter-spacing: -0.012em; text-wrap: balance; }
        h2 { font-size: 1.25rem; }
        ul, ol { list-style: none; }
        a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
        a:hover { text-decoration-thickness: 2px; }
        code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.875em; }
        code { overflow-wrap: anywhere; unicode-bidi: isolate; }
        pre { margin: 0; padding: 0.75rem 1rem; overflow-x: auto; background: var(--surface); border: 1px solid var(--rule);
          border-radius: 0.5rem; }
        pre code { overflow-wrap: normal; }
        time { white-space: nowrap; }
        :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
        #main:focus { outline: none; }
        [hidden] { display: none !important; }
        .symbols { position: absolute; }
        .unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
          white-space: nowrap; }
        .skip { position: absolute; left: 1rem; top: -6rem; z-index: 1; padding: 0.75rem 1rem; background: var(--surface);
          border-radius: 0.375rem; }
        .skip:focus { top: 0.5rem; }
        .wrap { width: 100%; max-width: 78rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
        .quiet { color: var(--quiet); }
        .icon { flex: none; width: 1.125em; height: 1.125em; fill: currentColor; vertical-align: -0.2em; }
        .icon .mark, .verdict .mark, symbol .mark { fill: none; stroke: var(--surface); stroke-width: 2.2; stroke-linecap: round;
          stroke-linejoin: round; }
        symbol .line { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
        .badge { display: inline-flex; align-items: baseline; gap: 0.375em; color: var(--tone); font-weight: 600;
          white-space: nowrap; }
        .badge .icon { align-self: center; }
        button { font: inherit; font-size: 0.9375rem; font-weight: 500; min-height: 2rem; padding: 0.1875rem 0.8125rem; color: var(--ink);
          background: var(--surface); border: 1px solid var(--edge); border-radius: 0.4375rem; cursor: pointer; }
        button:hover { border-color: var(--ink); background: var(--sunk); }
        button:active { transform: translateY(1px); }
        @media (pointer: coarse) { button { min-height: 2.75rem; } }
        progress { appearance: none; display: block; width: 100%; height: 0.5rem; border: 0; border-radius: 0.25rem;
          background: var(--rule); color: var(--bar); overflow: hidden; }
        progress::-webkit-progress-bar { background: var(--rule); }
        progress::-webkit-progress-value { background: var(--bar); transition: inline-size 0.4s linear; }
        progress::-moz-progress-bar { background: var(--bar); }
        progress:indeterminate { background: repeating-linear-gradient(-45deg, var(--bar) 0 0.375rem, var(--rule) 0.375rem 0.75rem); }
        progress:indeterminate::-webkit-progress-bar { background: transparent; }
        progress:indeterminate::-moz-progress-bar { background: transparent; }
        @media (prefers-reduced-motion: reduce) { *, *::before, *::after { transition: none !important; animation: none !important; } }

        """

    private static let frame = """
        .top { background: var(--tone-soft); }
        .top .wrap { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.25rem 1rem;
          padding-block: 0.875rem; font-size: 0.875rem; }
        .brand { color: var(--ink); font-weight: 650; letter-spacing: 0.01em; text-decoration: none; }
        .brand:hover { text-decoration: underline; }
        .brand .icon { margin-inline-end: 0.4em; }
        .top nav { margin-inline-end: auto; }
        .top nav a { color: var(--ink); }
        .as-of { color: var(--quiet); }
        .stale { margin-block: 1rem; padding-block: 0.75rem; color: var(--bad); font-weight: 600; }
        .is-stale .top, .is-stale main { filter: grayscale(1); }
        .bottom { margin-block-start: 4rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: 0.875rem; }
        .bottom .wrap { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.5rem 2rem; padding-block: 1.25rem 2rem; }
        .bottom nav { display: flex; gap: 1.25rem; }

        """

    private static let overview = """
        .hero { background: var(--tone-soft); border-bottom: 1px solid var(--tone-rule); }
        .hero .wrap { display: flex; gap: clamp(0.875rem, 2.5vw, 1.5rem); align-items: flex-start; padding-block: 1.25rem 2.25rem; }
        .hero .wrap > div { min-width: 0; overflow-wrap: anywhere; }
        .hero h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.375rem); }
        .verdict { flex: none; width: clamp(2rem, 1.5rem + 2vw, 2.875rem); height: clamp(2rem, 1.5rem + 2vw, 2.875rem);
          fill: var(--tone); color: var(--tone); }
        .hero .advice { margin-block-start: 0.5rem; font-size: clamp(1.0625rem, 1rem + 0.4vw, 1.25rem); max-width: 52rem; }
        .hero .work { margin-block-start: 0.5rem; color: var(--quiet); }
        .databases { padding-block-start: 1.5rem; }
        .database { display: grid; gap: 1rem 1.75rem; padding-block: 1.25rem; border-bottom: 1px solid var(--rule); }
        .database .name { grid-area: name; }
        .database h2 { font-size: 1.1875rem; margin-block-end: 0.125rem; overflow-wrap: anywhere; }
        .database h2 a { color: inherit; text-decoration-color: var(--edge); }
        .place { color: var(--quiet); font-size: 0.875rem; }
        .figures { grid-area: figures; display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr));
          gap: 0.875rem 1.25rem; align-items: start; }
        .figures dt, .label { color: var(--quiet); font-size: 0.8125rem; }
        .figures dd { line-height: 1.35; }
        .figures dd a { color: inherit; text-decoration-color: var(--edge); }
        .clock { display: block; color: var(--quiet); font-size: 0.8125rem; }
        .trend { display: block; width: 7.5rem; max-width: 100%; height: 1.75rem; margin-block-start: 0.25rem; overflow: visible; }
        .trend-line { fill: none; stroke: var(--bar); stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
        .trend-end { fill: var(--bar); }
        .trend-bars { fill: var(--bar-soft); }
        .side { grid-area: side; display: grid; gap: 0.75rem; align-content: start; }
        .days { display: block; width: 100%; height: 1.25rem; }
        .side .days { margin-block-start: 0.1875rem; }
        .tall .days { height: 3rem; }
        .day-verified { fill: var(--good-fill); }
        .day-unverified { fill: var(--warn-fill); }
        .day-failed, .day-missed { fill: var(--bad-fill); }
        .day-none { fill: var(--edge); }
        .remark { color: var(--quiet); }
        .database > .remark, .database > .troubles, .database > .activity { grid-column: 1 / -1; }
        .database { grid-template-areas: "name" "figures" "side"; grid-template-columns: minmax(0, 1fr); align-items: start; }
        @media (min-width: 50em) {
          .database { grid-template-columns: 12rem minmax(0, 1fr); grid-template-areas: "name figures" "name side"; }
          .figures { grid-template-columns: 1fr 1.6fr 1fr 1fr; }
        }
        @media (min-width: 74em) {
          .database { grid-template-columns: 12rem minmax(0, 1fr) 19rem; grid-template-areas: "name figures side"; }
          .side .actions { justify-content: end; }
        }
        .legend { display: flex; flex-wrap: wrap; gap: 0.375rem 1.5rem; margin-block: 1.25rem 0; color: var(--quiet);
          font-size: 0.875rem; }
        .legend li { display: inline-flex; align-items: center; gap: 0.5rem; }
        .days.sample { width: 0.375rem; height: 1.25rem; }
        .nothing { padding-block: 1rem; color: var(--quiet); }
        .troubles { border-inline-start: 3px solid var(--bad-fill); background: var(--bad-soft); border-radius: 0 0.375rem 0.375rem 0; }
        .troubles li { padding: 0.625rem 1rem; }
        .troubles li + li { border-top: 1px solid var(--bad-rule); }
        .troubles p { white-space: pre-line; }
        .remedy { color: var(--quiet); }
        .troubles .remedy { color: inherit; margin-block-start: 0.25rem; padding-inline-start: 1.5em; text-indent: -1.5em; }
        .troubles .remedy::before { content: "→"; content: "→" / ""; display: inline-block; width: 1.5em; text-indent: 0; }
        .activity { display: grid; gap: 0.5rem; padding: 0.875rem 1rem; background: var(--surface); border: 1px solid var(--rule);
          border-radius: 0.5rem; }
        .activity .doing .icon { color: var(--bar); }
        .pace { color: var(--quiet); font-size: 0.9375rem; min-height: 1.5em; }

        """

    private static let detail = """
        .detail { padding-block-start: 1.25rem; }
        .detail > * + * { margin-block-start: 1rem; }
        .detail > section { margin-block-start: 2.75rem; }
        .detail section > * + * { margin-block-start: 0.75rem; }
        .crumbs ol { display: flex; flex-wrap: wrap; gap: 0.125rem 0.5rem; font-size: 0.875rem; color: var(--quiet); }
        .crumbs li + li::before { content: "/"; content: "/" / ""; margin-inline-end: 0.5rem; color: var(--edge); }
        .title { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1rem; }
        .detail h1 { font-size: clamp(1.5rem, 1.2rem + 1.4vw, 2rem); overflow-wrap: anywhere; }
        .id { font-variant-ligatures: none; overflow-wrap: anywhere; }
        .detail .advice { font-size: 1.125rem; max-width: 52rem; }
        .actions { display: flex; flex-wrap: wrap; gap: 0.75rem; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 0.875rem 2rem;
          padding-block: 1rem; border-block: 1px solid var(--rule); }
        .facts dt { color: var(--quiet); font-size: 0.8125rem; }
        .facts dd { overflow-wrap: anywhere; }
        .span { display: flex; justify-content: space-between; color: var(--quiet); font-size: 0.8125rem; }
        .panel > * + * { margin-block-start: 0.5rem; }
        .panel > .legend { margin-block: 0.75rem; }
        .trends { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.5rem 3rem;
          padding-block-start: 1rem; }
        .trends .trend { width: 100%; max-width: 26rem; height: auto; aspect-ratio: 120 / 28; }
        .trends .trend-line { vector-effect: non-scaling-stroke; stroke-width: 2; }
        .trends .trend-end { r: 1.5px; }
        .trends figcaption { margin-block-start: 0.5rem; color: var(--quiet); font-size: 0.875rem; }
        details summary { cursor: pointer; color: var(--link); width: fit-content; }
        details ul { margin-block-start: 0.5rem; columns: 18rem; }
        .policy { font-size: 0.9375rem; }
        .leaving li + li, .notes li + li, .downloads li + li { margin-block-start: 0.375rem; }
        .notes, .downloads { padding-inline-start: 1.25rem; list-style: disc; }
        .scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--rule); border-radius: 0.5rem; }
        table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
        caption { padding: 0.625rem 0.875rem; text-align: start; color: var(--quiet); }
        th, td { padding: 0.5rem 0.875rem; text-align: start; vertical-align: baseline; }
        thead th { color: var(--quiet); font-weight: 550; font-size: 0.8125rem; white-space: nowrap; }
        tbody th { font-weight: 500; white-space: nowrap; }
        .names tbody th { white-space: normal; min-width: 9rem; }
        tbody tr { border-top: 1px solid var(--rule); }
        td code { white-space: nowrap; }
        .number { text-align: end; white-space: nowrap; }
        .reason { min-width: 18rem; }
        .pages { display: flex; gap: 1rem; color: var(--quiet); }
        .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
        .events li, .log li { display: grid; gap: 0.125rem 1rem; padding-block: 0.5rem; border-top: 1px solid var(--rule); }
        .events time, .log time { color: var(--quiet); font-size: 0.9375rem; }
        .log .remedy { display: block; }
        .line-text { white-space: pre-line; overflow-wrap: anywhere; }
        @media (min-width: 44em) {
          .events li { grid-template-columns: 10rem minmax(0, 1fr); align-items: baseline; }
          .log li { grid-template-columns: 13.5rem 6.5rem minmax(0, 1fr); align-items: baseline; }
        }
        .error { padding-block: 2rem; }

        """

    private static let print = """
        @media print {
          :root { --paper: #fff; --surface: #fff; --sunk: #fff; --ink: #000; --quiet: #333; --rule: #bbb; --edge: #666; --link: #000;
            --good: #0b4a2a; --good-soft: #fff; --warn: #5c3d00; --warn-soft: #fff; --bad: #8a0f20; --bad-soft: #fff; --calm: #333; }
          @page { margin: 1.5cm; }
          body { font-size: 10pt; }
          .skip, .crumbs, .actions, .bottom, .top nav, .machine, .stale, form, .viewer { display: none !important; }
          .wrap { max-width: none; padding-inline: 0; }
          .scroll { overflow: visible; border: 0; }
          .detail > section { margin-block-start: 1.5rem; }
          table { font-size: 8pt; }
          th, td { padding: 0.2rem 0.4rem; }
          td code { white-space: normal; overflow-wrap: anywhere; }
          .comparison td:nth-last-child(-n + 2) { width: 22%; }
          thead { display: table-header-group; }
          tr, .facts > div, .database, .troubles li { break-inside: avoid; }
          h2 { break-after: avoid; }
          .badge .icon, .days path { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }

        """
}
