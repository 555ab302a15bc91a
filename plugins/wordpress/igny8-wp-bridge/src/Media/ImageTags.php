<?php
/**
 * The images in a body.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

defined( 'ABSPATH' ) || exit;

/**
 * Finds the `<img>` tags of a body and points them to the media library. All other bytes stay as they
 * are: a body that is taken apart into blocks and put together again would not be the author's any more.
 */
final class ImageTags {

	/**
	 * A block comment (WordPress's own grammar, class-wp-block-parser.php) or an image.
	 */
	const TOKEN = '~<!--\s+(?P<closer>/)?wp:(?P<name>(?:[a-z][a-z0-9_-]*/)?[a-z][a-z0-9_-]*)\s+(?P<attrs>{(?:(?:[^}]+|}+(?=})|(?!}\s+/?-->).)*+)?}\s+)?(?P<void>/)?-->|<img\b(?P<img>[^>]*)>~is';

	/**
	 * Attributes that hold an image's number and address in the comments of WordPress's own blocks.
	 */
	const BLOCKS = array(
		'image'      => array( 'id', 'url' ),
		'cover'      => array( 'id', 'url' ),
		'media-text' => array( 'mediaId', 'mediaUrl' ),
	);

	/**
	 * The body.
	 *
	 * @var string
	 */
	private $html;

	/**
	 * Takes a body.
	 *
	 * @param string $html Cleaned HTML or block markup.
	 */
	public function __construct( $html ) {
		$this->html = $html;
	}

	/**
	 * The images that are not of this site.
	 *
	 * @return Picture[] By address, each once.
	 */
	public function pictures() {
		$pictures = array();
		$here     = self::uploads_url();
		foreach ( $this->tokens() as $token ) {
			$given = isset( $token['img'] ) ? self::attributes( $token['img'][0] ) : array();
			$url   = isset( $given['src'] ) ? trim( $given['src'] ) : '';
			if ( '' !== $url && 0 !== strpos( set_url_scheme( $url, 'https' ), $here ) && ! isset( $pictures[ $url ] ) ) {
				$pictures[ $url ] = new Picture( 'content_html', $url, isset( $given['alt'] ) ? esc_html( $given['alt'] ) : '' );
			}
		}
		return $pictures;
	}

	/**
	 * The body with its images in the media library. WordPress adds `srcset`, `sizes`, width and height
	 * itself when it shows a post, by the class `wp-image-N`, so that they always fit the theme.
	 *
	 * @param array<string, int> $stored Attachments by address.
	 * @param Traces             $traces Gets what is done.
	 * @return string
	 */
	public function pointing_to( array $stored, Traces $traces ) {
		$edits  = array();
		$opened = array();
		foreach ( $this->tokens() as $token ) {
			if ( isset( $token['img'] ) ) {
				$given = self::attributes( $token['img'][0] );
				$url   = isset( $given['src'] ) ? trim( $given['src'] ) : '';
				$local = isset( $stored[ $url ] ) ? (string) wp_get_attachment_url( $stored[ $url ] ) : '';
				if ( '' !== $local ) {
					$image                 = array( $stored[ $url ], $url, $local );
					$edits[ $token[0][1] ] = array( $token[0][0], self::tag( $token['img'][0], $stored[ $url ], $local ), $image );
					$block                 = end( $opened );
					if ( $block ) {
						$edits += self::comment( $block, $image );
					}
				}
			} elseif ( '' !== $token['closer'][0] ) {
				array_pop( $opened );
			} elseif ( ! isset( $token['void'] ) || '' === $token['void'][0] ) {
				$opened[] = $token;
			}
		}
		ksort( $edits );
		foreach ( $edits as list( $old, $new, $image ) ) {
			$traces->note( $new, $old, $image );
		}
		return self::edited( $this->html, $edits );
	}

	/**
	 * Address of the folder of uploads.
	 *
	 * @return string With https, and a slash at its end.
	 */
	private static function uploads_url() {
		return set_url_scheme( trailingslashit( wp_get_upload_dir()['baseurl'] ), 'https' );
	}

	/**
	 * All block comments and images, in order.
	 *
	 * @return array[] Matches with their offsets.
	 */
	private function tokens() {
		if ( false === stripos( $this->html, '<img' ) ) {
			return array();
		}
		preg_match_all( self::TOKEN, $this->html, $tokens, PREG_SET_ORDER | PREG_OFFSET_CAPTURE );
		return (array) $tokens;
	}

	/**
	 * The attributes of a tag.
	 *
	 * @param string $text What stands between the tag's name and its end.
	 * @return array<string, string> Values without entities.
	 */
	private static function attributes( $text ) {
		$values = array();
		foreach ( wp_kses_hair( rtrim( $text, " \t\n\r/" ), wp_allowed_protocols() ) as $name => $attribute ) {
			$values[ strtolower( $name ) ] = html_entity_decode( (string) $attribute['value'], ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		}
		return $values;
	}

	/**
	 * An image's tag, pointing to the media library.
	 *
	 * @param string $text  What stood between the tag's name and its end.
	 * @param int    $id    The attachment.
	 * @param string $local Its address.
	 * @return string
	 */
	private static function tag( $text, $id, $local ) {
		$bare  = rtrim( $text, " \t\n\r/" );
		$parts = array();
		$class = '';
		foreach ( wp_kses_hair( $bare, wp_allowed_protocols() ) as $name => $attribute ) {
			$name = strtolower( $name );
			if ( 'src' === $name ) {
				$parts[] = 'src="' . esc_url( $local ) . '"';
			} elseif ( 'class' === $name ) {
				$class = (string) $attribute['value'];
			} elseif ( ! in_array( $name, array( 'srcset', 'sizes' ), true ) ) {
				$parts[] = $attribute['whole'];
			}
		}
		$names   = preg_grep( '/\Awp-image-\d+\z/', preg_split( '/\s+/', $class, -1, PREG_SPLIT_NO_EMPTY ), PREG_GREP_INVERT );
		$class   = implode( ' ', array_merge( $names, array( "wp-image-$id" ) ) );
		$parts[] = 'class="' . esc_attr( $class ) . '"';
		return '<img ' . implode( ' ', $parts ) . substr( $text, strlen( $bare ) ) . '>';
	}

	/**
	 * The comment of the block that an image stands in, naming the attachment.
	 *
	 * @param array $token The comment's token.
	 * @param array $image The attachment, its address as it was sent, and its address here.
	 * @return array<int, array> One edit, or none.
	 */
	private static function comment( array $token, array $image ) {
		$name  = strtolower( (string) preg_replace( '~^core/~i', '', $token['name'][0] ) );
		$text  = isset( $token['attrs'] ) && $token['attrs'][1] >= 0 ? trim( $token['attrs'][0] ) : '';
		$attrs = '' === $text ? array() : json_decode( $text, true );
		if ( ! isset( self::BLOCKS[ $name ] ) || ! is_array( $attrs ) ) {
			return array();
		}
		list( $id_name, $url_name ) = self::BLOCKS[ $name ];
		list( $id, $url, $local )   = $image;

		$attrs[ $id_name ] = $id;
		if ( isset( $attrs[ $url_name ] ) && $attrs[ $url_name ] === $url ) {
			$attrs[ $url_name ] = $local;
		}
		return array( $token[0][1] => array( $token[0][0], '<!-- wp:' . $token['name'][0] . ' ' . serialize_block_attributes( $attrs ) . ' -->', $image ) );
	}

	/**
	 * Replaces pieces of a text.
	 *
	 * @param string            $html  The text.
	 * @param array<int, array> $edits Old and new pieces by offset.
	 * @return string
	 */
	private static function edited( $html, array $edits ) {
		ksort( $edits );
		$pieces = array();
		$from   = 0;
		foreach ( $edits as $offset => list( $old, $new ) ) {
			$pieces[] = substr( $html, $from, $offset - $from ) . $new;
			$from     = $offset + strlen( $old );
		}
		return $edits ? implode( '', $pieces ) . substr( $html, $from ) : $html;
	}
}
