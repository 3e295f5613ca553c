import NIOCore

/// A page with holes for what differs from one answer to the next: the nonce and the forms' proof of origin.
struct Stencil: Sendable {
    private enum Piece: Sendable {
        case text(ByteBuffer)
        case nonce
        case csrf
    }

    private let pieces: [Piece]

    /// - Parameters:
    ///   - html: the page with placeholders.
    ///   - nonce: what stands for the nonce; nobody may be able to guess it, as the page shows what databases hold.
    ///   - csrf: what stands for the forms' proof of origin; likewise.
    init(_ html: String, nonce: String, csrf: String) {
        var pieces: [Piece] = []
        for (index, outer) in html.split(separator: nonce, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { pieces.append(.nonce) }
            for (index, inner) in outer.split(separator: csrf, omittingEmptySubsequences: false).enumerated() {
                if index > 0 { pieces.append(.csrf) }
                pieces.append(.text(ByteBuffer(substring: inner)))
            }
        }
        self.pieces = pieces
    }

    /// The page for one answer.
    ///
    /// All answers share the texts: hundreds that wait for their connections cost little more than one.
    func filled(for viewer: Viewer) -> [ByteBuffer] {
        let nonce = ByteBuffer(string: viewer.nonce)
        let csrf = ByteBuffer(string: viewer.csrf ?? "")
        return pieces.compactMap { piece in
            let buffer =
                switch piece {
                case .text(let text): text
                case .nonce: nonce
                case .csrf: csrf
                }
            return buffer.readableBytes > 0 ? buffer : nil
        }
    }
}
