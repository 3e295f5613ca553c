import Model

/// A moment as the pages show it.
struct MomentView {
    /// For machines: `2026-03-15T02:30:00Z`.
    let iso: String
    /// `2026-03-15 02:30:00 UTC`.
    let exact: String
    /// `2026-03-15 02:30`, for columns that say that they are in UTC.
    let brief: String
    /// `9 hours ago`.
    let age: String

    init(_ time: Timestamp, now: Timestamp) {
        iso = time.text
        let at = time.text
        let date = at.prefix(10)
        let clock = at.dropFirst(11).dropLast()
        exact = "\(date) \(clock) UTC"
        brief = "\(date) \(clock.prefix(5))"
        age = AgeText.format(time, now: now)
    }

    /// `age`: how long ago, with the exact time behind it.
    static let ageTemplate = """
        <time datetime="{{iso}}" title="{{exact}}" data-age>{{age}}</time>
        """

    /// `instant`: the time itself, with its age behind it.
    static let instantTemplate = """
        <time datetime="{{iso}}" title="{{exact}}, {{age}}">{{brief}}</time>
        """
}
