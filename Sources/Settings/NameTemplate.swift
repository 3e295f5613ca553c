/// The names of the databases that a pattern finds: a text with `{stem}`, a file's name without its last extension, or
/// `{dir}`, the name of the folder that holds it.
package struct NameTemplate: Sendable, Equatable, CustomStringConvertible {
    private enum Piece: Sendable, Equatable {
        case character(Character)
        case stem
        case folder
    }

    /// As it is written.
    package let text: String
    private let pieces: [Piece]

    /// Nil unless `text` holds a placeholder.
    package init?(_ text: String) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let first = rest.first {
            if rest.hasPrefix("{stem}") {
                pieces.append(.stem)
                rest = rest.dropFirst(6)
            } else if rest.hasPrefix("{dir}") {
                pieces.append(.folder)
                rest = rest.dropFirst(5)
            } else {
                pieces.append(.character(first))
                rest = rest.dropFirst()
            }
        }
        guard pieces.contains(.stem) || pieces.contains(.folder) else { return nil }
        self.text = text
        self.pieces = pieces
    }

    package var description: String { text }

    /// The name of the database in a file; not every one is valid.
    ///
    /// - Parameter path: absolute.
    package func name(of path: String) -> String {
        let segments = path.split(separator: "/")
        let file = segments.last ?? ""
        let folder = segments.dropLast().last ?? ""
        var stem = file
        if let dot = file.lastIndex(of: "."), dot > file.startIndex { stem = file[..<dot] }
        var name = ""
        for piece in pieces {
            switch piece {
            case .character(let character): name.append(character)
            case .stem: name.append(contentsOf: stem)
            case .folder: name.append(contentsOf: folder)
            }
        }
        return name
    }
}
