extension Consistency {
    /// What whoever restores has to know, in a sentence; nil where all rows are from one moment.
    package var warning: String? {
        switch kind {
        case .consistent: nil
        case .eachTable:
            "NOT one state of the source: the rows of each table are from one moment, the tables from different ones."
        case .changed:
            "NOT one state of the source: \(words). Rows of "
                + "\(tables.count == 1 ? "that table" : "those tables") are from different moments, and some that were "
                + "written meanwhile may be missing."
        case .unchecked: "Perhaps NOT one state of the source: its rows were read once, and nobody looked again."
        }
    }
}
