@testable import Remote

extension FuzzTarget {
    /// What a service answers is refused, or every value of it lies in the answer.
    static let answers = FuzzTarget(name: "answers") { bytes in
        _ = ServiceMessage(body: bytes)
        for form in [AnswerRows.Form.plain, .typed] {
            var json = JSONScanner(bytes)
            var rows = AnswerRows(form)
            let answer: RemoteAnswer
            do {
                try rows.readTable(&json)
                try json.finish()
                answer = try rows.answer(json)
            } catch let error as JSONError {
                try requirePrintable("\(error)")
                continue
            } catch let error as RemoteError {
                try requirePrintable("\(error)")
                continue
            }
            try require(answer.columnCount > 0 || answer.rowCount == 0, "it has rows without columns")
            for row in 0..<answer.rowCount {
                for column in 0..<answer.columnCount {
                    _ = answer.text(row, column)
                }
            }
        }
    }
}
