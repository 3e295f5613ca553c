/// A budget that does not suffice to prove all backups of a database again in time.
package struct ProofShortage: Sendable, Equatable {
    /// Bytes a day that would be needed, rounded up; more than `budget`. Where the shortage is a lasting one, what has
    /// piled up by then is left out.
    package let needed: Int64
    /// Bytes a day that there are.
    package let budget: Int64
    /// Whether it stays so while the backups stay the same. Otherwise much has come together, and passes.
    package let isLasting: Bool

    /// - Returns: nil where the budget suffices.
    init?(steady: Int128, present: Int128, budget: Int64) {
        isLasting = steady > Int128(budget)
        let needed = isLasting ? steady : present
        guard needed > Int128(budget) else { return nil }
        self.needed = Int64(clamping: needed)
        self.budget = budget
    }

    /// `12.0 GiB a day would be needed, verify.budget is 10.0 GiB`.
    var text: String {
        var sizes = [needed, budget].map { SizeText.format($0) }
        // Two sizes that differ only beyond three figures.
        if sizes[0] == sizes[1] { sizes = [needed, budget].map { CountText.format($0, "byte") } }
        return "\(sizes[0]) a day would be needed\(isLasting ? "" : " for a while"), verify.budget is \(sizes[1])"
    }
}
