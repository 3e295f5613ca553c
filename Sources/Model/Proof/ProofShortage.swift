/// A budget, or time, that does not suffice to prove all backups of a database again before their deadlines.
package struct ProofShortage: Sendable, Equatable {
    package enum Resource: Sendable, Equatable {
        /// Bytes that may be fetched in a day.
        case budget
        /// Seconds of a day, in which one proof is made at a time; shared where those of other databases need some.
        case time(isShared: Bool)
    }

    package let resource: Resource
    /// Bytes or seconds a day that would be needed, rounded up; more than `budget`. Where the shortage is a lasting
    /// one, what has piled up by then is left out.
    package let needed: Int64
    /// Bytes or seconds a day that there are.
    package let budget: Int64
    /// Whether it stays so while the backups stay the same. Otherwise much has come together, and passes.
    package let isLasting: Bool

    /// - Returns: nil where there is enough.
    init?(of resource: Resource, steady: Int128, present: Int128, budget: Int64) {
        isLasting = steady > Int128(budget)
        let needed = isLasting ? steady : present
        guard needed > Int128(budget) else { return nil }
        self.resource = resource
        self.needed = Int64(clamping: needed)
        self.budget = budget
    }

    /// `12.0 GiB a day would be needed, verify.budget is 10.0 GiB`, or
    /// `25.2 hours a day would be needed at the speed of the last proofs, which are made one at a time`.
    var text: String {
        let span = isLasting ? "a day would be needed" : "a day would be needed for a while"
        switch resource {
        case .budget:
            var sizes = [needed, budget].map { SizeText.format($0) }
            // Two sizes that differ only beyond three figures.
            if sizes[0] == sizes[1] { sizes = [needed, budget].map { CountText.format($0, "byte") } }
            return "\(sizes[0]) \(span), verify.budget is \(sizes[1])"
        case .time(let isShared):
            // Rounded up: never as many as a day has.
            let tenths = Int64((Int128(needed) * 10 + 3599) / 3600)
            let hours = "\(CountText.format(tenths / 10)).\(tenths % 10) hours"
            let whose = isShared ? ", with those of other databases" : ""
            return "\(hours) \(span) at the speed of the last proofs, which are made one at a time\(whose)"
        }
    }
}
