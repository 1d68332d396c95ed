using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using OffByN.Model;

namespace OffByN.Harness.Reporting;

/// <summary>
/// Finished HTML. It is made from interpolated strings whose literal parts are markup and whose holes are text, which is escaped; a hole that is finished HTML
/// stays as it is. So nothing can be left unescaped by forgetting to escape it.
/// </summary>
internal readonly record struct Html
{
    private readonly string? markup;

    private Html(string markup) => this.markup = markup;

    public static readonly Html None = new("");

    public static Html Of(Builder builder) => new(builder.Finish());

    /// <summary>Markup of this program's own, such as its style sheet.</summary>
    public static Html Raw(string markup) => new(markup);

    public override string ToString() => markup ?? "";

    [InterpolatedStringHandler]
    internal readonly ref struct Builder(int literalLength, int formattedCount)
    {
        private readonly StringBuilder built = new(literalLength + 16 * formattedCount);

        public void AppendLiteral(string literal) => built.Append(literal);

        public void AppendFormatted(Html html) => built.Append(html.markup);

        public void AppendFormatted(IEnumerable<Html> parts)
        {
            foreach (Html part in parts)
                built.Append(part.markup);
        }

        public void AppendFormatted(string? text) => built.Append(WebUtility.HtmlEncode(text));

        public void AppendFormatted(LayerIndex layer) => built.Append(layer.Value);

        public void AppendFormatted(double number) => built.Append(CultureInfo.InvariantCulture, $"{number:0.###}");

        public string Finish() => built.ToString();
    }
}
