import Appliance
import Model

/// A database's last days as an SVG picture: one bar a day, whose shape says how the day went and whose colour repeats it.
///
/// Written as text and not through a template: 90 days of every database are most of what the first page consists of.
struct DayStrip {
    /// Units of the picture that one day is wide, its gap included.
    private static let step = 4
    private static let height = 24

    let days: [Overview.DayMark]

    init(_ days: [Overview.DayMark]) {
        self.days = days
    }

    /// What people call such a day. A backup that nobody verified is unproved, here as everywhere.
    static func words(_ day: Overview.Day) -> String {
        switch day {
        case .verified: "verified"
        case .unverified: "unproved"
        case .failed: "failed"
        case .missed: "missed"
        case .none: "none due"
        }
    }

    /// A full bar, half of one, a broken one, a dash in the middle, a dot on the ground.
    private static func shape(_ day: Overview.Day) -> String {
        switch day {
        case .verified: "0h3v24h-3z"
        case .unverified: "12h3v12h-3z"
        case .failed: "0h3v9h-3zm0 15h3v9h-3z"
        case .missed: "9h3v6h-3z"
        case .none: "22h3v2h-3z"
        }
    }

    /// One day alone, for the legend.
    static func sample(_ day: Overview.Day) -> String {
        """
        <svg class="days sample" viewBox="0 0 3 \(height)" aria-hidden="true" focusable="false">\
        <path class="day-\(day.rawValue)" d="M0 \(shape(day))"/></svg>
        """
    }

    /// `Last 90 days: 84 verified, 2 failed, 1 missed, 3 none due. Newest day, 2026-03-15: verified.`
    var summary: String {
        guard let last = days.last else { return "No days yet." }
        let counts = Overview.Day.allCases.compactMap { day -> String? in
            let count = days.count(where: { $0.day == day })
            return count == 0 ? nil : "\(count) \(Self.words(day))"
        }
        return "Last \(CountText.format(Int64(days.count), "day")): \(counts.joined(separator: ", ")). "
            + "Newest day, \(last.date): \(Self.words(last.day))."
    }

    /// HTML that needs no escaping any more.
    var markup: String {
        let width = max(days.count * Self.step - 1, 1)
        var svg = """
            <svg class="days" viewBox="0 0 \(width) \(Self.height)" preserveAspectRatio="none" role="img" \
            aria-label="\(HTMLText.escape(summary))">
            """
        for (index, mark) in days.enumerated() {
            svg += "<path class=\"day-\(mark.day.rawValue)\" d=\"M\(index * Self.step) \(Self.shape(mark.day))\">"
            svg += "<title>\(HTMLText.escape(mark.date)): \(Self.words(mark.day))</title></path>"
        }
        return svg + "</svg>"
    }

    /// The days that were not as they should be, newest first, in runs of equal ones: for people who cannot point at a
    /// bar to be told what it means.
    var exceptions: [String] {
        var runs: [(day: Overview.Day, first: String, last: String, count: Int)] = []
        for mark in days {
            if let last = runs.last, last.day == mark.day {
                runs[runs.count - 1].last = mark.date
                runs[runs.count - 1].count += 1
            } else {
                runs.append((mark.day, mark.date, mark.date, 1))
            }
        }
        return runs.reversed().filter { $0.day != Overview.Day.verified && $0.day != Overview.Day.none }.map { run in
            let dates = run.count == 1 ? run.first : "\(run.first) to \(run.last), \(run.count) days"
            return "\(dates): \(Self.words(run.day))"
        }
    }
}
