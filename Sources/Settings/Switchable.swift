import YAML

/// What a key says that can also be turned off in so many words.
enum Switchable<Value> {
    case off
    case on(Value)

    /// Nil where it is off.
    var value: Value? {
        switch self {
        case .off: nil
        case .on(let value): value
        }
    }
}

extension NodeReader {
    /// `off`, or what `read` makes of this value; nil after a complaint.
    func orOff<Value>(_ read: (NodeReader) -> Value?) -> Switchable<Value>? {
        if case .scalar(let written, _) = node.kind,
            Interpolation.expand(written, environment: context.environment).text == "off"
        {
            return Switchable.off
        }
        return read(self).map { Switchable.on($0) }
    }
}
