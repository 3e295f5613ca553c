/// What a person who mistyped a name most likely meant.
enum Suggestion {
    /// The closest candidate, when it is close: at most two slips away, or a third of the word's length.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        guard word.utf8.count <= 100 else { return nil }
        let limit = max(2, word.count / 3)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let slips = distance(word, candidate)
            guard slips <= limit, slips < max(word.count, candidate.count) else { continue }
            if let found = best, found.distance <= slips { continue }
            best = (candidate, slips)
        }
        return best?.candidate
    }

    /// The Damerau-Levenshtein distance (optimal string alignment), regardless of case: insertions, deletions,
    /// replacements, and exchanges of neighbours.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.lowercased())
        let right = Array(right.lowercased())
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let replacement = last[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(replacement, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
