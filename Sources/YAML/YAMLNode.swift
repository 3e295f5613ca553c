/// A place in a document, as an editor counts it: both numbers begin at 1, columns count Unicode scalars.
package struct YAMLMark: Sendable, Hashable, Comparable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The first character of a document.
    package static let start = YAMLMark(line: 1, column: 1)

    package static func < (left: YAMLMark, right: YAMLMark) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// One value of a YAML document and where it begins. Types are not guessed: `7`, `yes` and `~` are all scalars, and
/// what they mean is for the reader of the tree to say.
package struct YAMLNode: Sendable, Equatable {
    /// A key and its value, in the order of the document. Keys are always scalars; the same key may come twice.
    package struct Pair: Sendable, Equatable {
        package let key: YAMLNode
        package let value: YAMLNode

        package init(key: YAMLNode, value: YAMLNode) {
            self.key = key
            self.value = value
        }
    }

    package enum Kind: Sendable, Equatable {
        /// `quoted` is false for plain scalars only; block scalars (`|`, `>`) count as quoted.
        case scalar(String, quoted: Bool)
        case sequence([YAMLNode])
        case mapping([Pair])
    }

    package let kind: Kind
    package let mark: YAMLMark

    package init(_ kind: Kind, at mark: YAMLMark) {
        self.kind = kind
        self.mark = mark
    }

    /// The text of a scalar.
    package var text: String? {
        if case .scalar(let text, _) = kind { text } else { nil }
    }
}
