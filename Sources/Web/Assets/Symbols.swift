/// The small pictures of the pages, as SVG symbols that `<use href="#…">` shows. Each state has a shape of its own, so that
/// none is told by its colour alone, and words stand beside every one.
enum Symbols {
    /// `<path class="mark">` is drawn in the colour of the surface on a filled shape, `<path class="line">` in the colour of
    /// the text.
    static let markup = #"""
        <svg class="symbols" width="0" height="0" aria-hidden="true" focusable="false">
        <symbol id="i-brand" viewBox="0 0 20 20"><path d="M13.6 2.2A8.4 8.4 0 1 0 18 13.1 6.9 6.9 0 0 1 13.6 2.2z"/></symbol>
        <symbol id="i-good" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9.2"/><path class="mark" d="M5.6 10.5l3 3 5.8-6.6"/></symbol>
        <symbol id="i-checked" viewBox="0 0 20 20"><circle class="line" cx="10" cy="10" r="8.2"/><path class="line" d="M6 10.4l2.8 2.8 5.3-6"/></symbol>
        <symbol id="i-unproved" viewBox="0 0 20 20"><circle class="line" cx="10" cy="10" r="8.2" stroke-dasharray="3.1 2.05"/><path class="line" d="M7.4 8.1a2.6 2.6 0 1 1 3.9 2.2c-.9.5-1.3 1-1.3 1.9M10 14.6v.2"/></symbol>
        <symbol id="i-failed" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9.2"/><path class="mark" d="M6.6 6.6l6.8 6.8M13.4 6.6l-6.8 6.8"/></symbol>
        <symbol id="i-alarm" viewBox="0 0 20 20"><path d="M6.2.8h7.6l5.4 5.4v7.6l-5.4 5.4H6.2L.8 13.8V6.2z"/><path class="mark" d="M10 5.2v6M10 14.4v.3"/></symbol>
        <symbol id="i-overdue" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9.2"/><path class="mark" d="M10 4.9V10l3.4 2.3"/></symbol>
        <symbol id="i-empty" viewBox="0 0 20 20"><circle class="line" cx="10" cy="10" r="8.2"/></symbol>
        <symbol id="i-removed" viewBox="0 0 20 20"><circle class="line" cx="10" cy="10" r="8.2"/><path class="line" d="M6.2 10h7.6"/></symbol>
        <symbol id="i-running" viewBox="0 0 20 20"><circle class="line" cx="10" cy="10" r="8.2"/><path d="M10 4.6a5.4 5.4 0 0 1 0 10.8z"/></symbol>
        <symbol id="i-waiting" viewBox="0 0 20 20"><circle class="line" cx="10" cy="10" r="8.2"/><path class="line" d="M6.4 10v.1M10 10v.1M13.6 10v.1"/></symbol>
        <symbol id="i-stopped" viewBox="0 0 20 20"><circle class="line" cx="10" cy="10" r="8.2"/><path d="M7 7h6v6H7z"/></symbol>
        <symbol id="i-broken" viewBox="0 0 20 20"><path class="line" d="M10 1.8a8.2 8.2 0 0 1 8.2 8.2M15.8 15.8A8.2 8.2 0 0 1 4.2 4.2"/><path class="line" d="M7 7l6 6M13 7l-6 6"/></symbol>
        </svg>
        """#
}

/// The picture in the browser's tab: the moon, with a green or a red dot, as a `data:` URI.
enum Favicon {
    static func uri(isGood: Bool) -> String {
        let colour = isGood ? "%232f9e5b" : "%23d93644"
        return "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'%3E"
            + "%3Cpath fill='%235b6b80' d='M13.6 2.2A8.4 8.4 0 1 0 18 13.1 6.9 6.9 0 0 1 13.6 2.2z'/%3E"
            + "%3Ccircle cx='15' cy='5' r='4.6' fill='\(colour)'/%3E%3C/svg%3E"
    }
}
