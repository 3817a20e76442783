/// Numbers over time as a line of blocks: a look says rising, falling, flat.
enum Sparkline {
    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// - Parameters:
    ///   - maximum: what fills a block; more does not stand out.
    ///   - width: columns; of more values the last are shown.
    static func text(_ values: [Double], maximum: Double, width: Int = 60) -> String {
        String(
            values.suffix(width).map { value in
                let share = maximum > 0 ? value / maximum : 0
                return blocks[min(blocks.count - 1, max(0, Int((share * Double(blocks.count - 1)).rounded())))]
            })
    }
}
