import Model

/// A configuration that cannot be used, with everything that is wrong with it.
package struct ConfigurationError: Failure {
    /// At least one, sorted by file and place.
    package let complaints: [Complaint]

    package init(complaints: [Complaint]) {
        self.complaints = complaints.sorted()
    }

    package var code: FailureCode { .configuration }

    /// One complaint a line.
    package var message: String {
        guard complaints.count == 1, let only = complaints.first else { return description }
        return "\(only.place): \(only.message)"
    }

    /// The only complaint's hint; with several complaints each hint stands in its line of the message.
    package var hint: String? { complaints.count == 1 ? complaints.first?.hint : nil }

    package var isTransient: Bool { false }

    /// One complaint a line: `file:line:column: message — hint`.
    package var description: String {
        complaints.map { $0.description }.joined(separator: "\n")
    }
}
