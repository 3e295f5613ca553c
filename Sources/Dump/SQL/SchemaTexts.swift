import Model

/// Writes statements that give objects of the schema another text.
struct SchemaTexts {
    let returns: CarriageReturns
    let texts: TextLiteral

    func set(_ object: Manifest.SchemaObject, to sql: SQLText, _ output: inout DumpOutput) throws {
        let text = returns.replacedOutsideLiterals(in: sql) ?? returns.replaced(in: sql)
        try SchemaStatement.setText(of: returns.replaced(in: object), to: text, texts: texts, output: &output)
    }
}

extension CarriageReturns {
    func replaced(in object: Manifest.SchemaObject) -> Manifest.SchemaObject {
        var object = object
        object.name = replaced(in: object.name)
        object.table = replaced(in: object.table)
        object.sql = replaced(in: object.sql)
        return object
    }
}
