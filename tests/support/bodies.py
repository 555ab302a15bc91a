"""A post's body of each kind that sites have, as WordPress keeps it."""

BLOCK = """<!-- wp:paragraph -->
<p>Tea &amp; <em>coffee</em>, 5 &lt; 6.</p>
<!-- /wp:paragraph -->

<!-- wp:heading {"level":2} -->
<h2 class="wp-block-heading">Sorts</h2>
<!-- /wp:heading -->

<!-- wp:group {"layout":{"type":"constrained"}} -->
<div class="wp-block-group"><!-- wp:list -->
<ul><!-- wp:list-item -->
<li>green</li>
<!-- /wp:list-item --></ul>
<!-- /wp:list --></div>
<!-- /wp:group -->

<!-- wp:latest-posts {"postsToShow":3} /-->

<!-- wp:image {"id":7,"sizeSlug":"large"} -->
<figure class="wp-block-image"><img src="https://a.example/a.jpg" alt="A" class="a"/></figure>
<!-- /wp:image -->"""

CLASSIC = (
    "A first paragraph,\nin two lines.\n\n<h2>Sorts</h2>\nGreen &amp; <b>black</b>.\r\n\r\n"
    '<a href="https://a.example/?a=1&b=2"><img class="alignleft" src="https://a.example/a.jpg" '
    'alt="" width="300" height="200" /></a> beside it\n\n<!--more-->\n\n'
    "<ul>\n\t<li>one</li>\n\t<li>two</li>\n</ul>\n<blockquote>Said.</blockquote>\nThe end."
)

ELEMENTOR = (
    '<div class="elementor"><section><div style="position:relative">One</div></section></div>\n'
    "<h2>Two</h2>\n<style>.a{color:red}</style>\n<p>Three</p>"
)

DIVI = (
    '[et_pb_section fb_built="1" _builder_version="4.9"]\n\n[et_pb_text]\n\n<p>One</p>\n\n'
    "[/et_pb_text]\n\nTwo\n\n[/et_pb_section]"
)

SHORTCODES = (
    '[gallery ids="1,2,3" link="file"]\n\nText [b]with[/b] one.\n\n'
    '[caption id="a" align="alignleft" width="300"]<img src="https://a.example/a.jpg" alt="x" /> '
    "A caption[/caption]\n\nThe end."
)

SCRIPTS = """<p>Before</p>
<script async src="https://ads.example/a.js"></script>
<p>Between</p>
<script>
if (1 < 2 && "</p>") { document.write("<b>x</b>"); }

</script>
<p onclick="go()">After</p>
<p>The end.</p>"""

FRAMES = """<!-- wp:paragraph -->
<p>Before</p>
<!-- /wp:paragraph -->

<!-- wp:html -->
<iframe src="https://forms.example/7" width="100%"></iframe>
<!-- /wp:html -->

<!-- wp:html -->
<iframe src="https://www.youtube.com/embed/x" width="560" height="315" allowfullscreen></iframe>
<!-- /wp:html -->

<!-- wp:paragraph -->
<p>After</p>
<!-- /wp:paragraph -->"""

FORMS = """<p>Before</p>
<form action="/subscribe" method="post"><input name="email"><button>Go</button></form>
<p>After</p>
<p>The end.</p>"""

SVG = """<p>Before</p>
<div><svg viewBox="0 0 1 1"><path d="M0 0"/></svg></div>
<p>Between</p>
<p>a <math><mi>x</mi></math></p>
<p>The end.</p>"""

TABLES = """<table class="t"><tr><th>a</th><td colspan=2>b</td></tr></table>
<p>Between</p>
<table><caption>c</caption><thead><tr><th>d</th></tr></thead><tbody><tr><td>e</td></tr></tbody></table>
<p>The end.</p>"""

CODE = """<p>Use <code>a &amp;&amp; b</code>:</p>
<pre class="wp-block-code"><code>if (a &lt; b) {

    return "&amp;amp;";
}</code></pre>
<p>or</p>
<pre>
  begins with a line end</pre>
<p>The end.</p>"""

ENTITIES = """<p>&copy; &#8217;&hellip;&nbsp;&lt;b&gt; &amp;lt; AT&T &notanentity; &#x1F600;</p>
<p title='a "b" &copy=1'>x</p>
<p><a href="?a=1&amp;b=2&copy=3">y</a></p>
<p>The end.</p>"""

EMOJI = "👩‍👩‍👧‍👦 🇩🇪 👍🏽\n\né e\u0301 \u200bx\n\n<p>𝔘𝔫𝔦</p>\n\n世界"

RTL = (
    '<p dir="rtl" lang="ar">مرحبا بالعالم \u200f(1)\u200e</p>\n<p>שלום</p>\n\n'
    "فقرة أولى\nسطر ثان\n\nThe end."
)

SECRETS = """<p>Send <code>Authorization: Bearer abc</code>.</p>
<p>A JWT: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLXRoaXM</p>
<p><a href="https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA%2F1&amp;X-Amz-Signature=0af3">k</a></p>
<script>fetch("https://a.example", {headers: {Authorization: "Bearer abcdefghijklmnop"}})</script>
<p>The end.</p>"""

BODIES = {
    "block": BLOCK,
    "classic": CLASSIC,
    "elementor": ELEMENTOR,
    "divi": DIVI,
    "shortcodes": SHORTCODES,
    "scripts": SCRIPTS,
    "frames": FRAMES,
    "forms": FORMS,
    "svg": SVG,
    "tables": TABLES,
    "code": CODE,
    "entities": ENTITIES,
    "emoji": EMOJI,
    "rtl": RTL,
    "secrets": SECRETS,
}
BUILDERS = {"elementor": "elementor", "divi": "divi"}
