import Model

/// Lines of a digest under a heading.
struct NoticeList: Equatable {
    let heading: String
    private(set) var lines: [String]
    /// How many of the lines were left out for want of room.
    private var leftOut = 0

    init(_ heading: String, _ lines: [String]) {
        self.heading = heading
        self.lines = lines
    }

    /// The lines, and how many more there are.
    var shown: [String] {
        leftOut == 0 ? lines : lines + ["and \(CountText.format(Int64(leftOut))) more"]
    }

    mutating func leaveOutLast() {
        if lines.popLast() != nil { leftOut += 1 }
    }
}

extension [NoticeList] {
    /// Makes them shorter by a line; false where there is none any more.
    mutating func shorten() -> Bool {
        guard let index = lastIndex(where: { !$0.lines.isEmpty }) else { return false }
        self[index].leaveOutLast()
        return true
    }
}
