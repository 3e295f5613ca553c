/// One figure of the metrics: its name, what it means, and a value for each thing that it is told of.
struct MetricFamily: Sendable {
    /// <https://prometheus.io/docs/concepts/metric_types/>
    enum Kind: String, Sendable {
        /// Grows only, but for a start from 0.
        case counter
        case gauge
    }

    struct Sample: Sendable, Equatable {
        /// The values of the labels, in the order of their names.
        let labels: [String]
        let value: Int64
    }

    let name: String
    /// One sentence.
    let help: String
    let kind: Kind
    let labelNames: [String]
    /// No two with the same labels, or Prometheus would refuse all of the metrics.
    let samples: [Sample]

    /// - Parameter samples: values by the values of their labels.
    init(_ name: String, _ help: String, _ kind: Kind, _ labelNames: [String], _ samples: [[String]: Int64]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labelNames = labelNames
        self.samples = samples.map { Sample(labels: $0.key, value: $0.value) }
            .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
    }

    /// A gauge that is one number.
    init(_ name: String, _ help: String, _ value: Int64) {
        self.init(name, help, .gauge, [], [[]: value])
    }
}
