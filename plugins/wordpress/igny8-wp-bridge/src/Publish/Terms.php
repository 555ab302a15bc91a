<?php
/**
 * Categories and tags.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Fault;

defined( 'ABSPATH' ) || exit;

/**
 * Gives a post its terms, making those that are missing where the site's policy allows it.
 */
final class Terms {

	/**
	 * The ids of the order's categories, once found; null when it leaves them as they are.
	 *
	 * @var int[]|null
	 */
	private $categories;

	/**
	 * Whether the post was made with these categories.
	 *
	 * @var bool
	 */
	private $made_with_categories = false;

	/**
	 * Terms by the names that were looked up in one go, by taxonomy.
	 *
	 * @var array<string, array<string, object[]>>
	 */
	private $known = array();

	/**
	 * Paths of terms that would be made, by taxonomy; null where they are made.
	 *
	 * @var array<string, array<string, string[]>>|null
	 */
	private $foreseen;

	/**
	 * The taxonomies of terms by the ids that were looked up; of one that is gone, none.
	 *
	 * @var array<int, string[]>
	 */
	private $taxonomies = array();

	/**
	 * The categories that a new post is made with, so that WordPress need not give it the default one
	 * first.
	 *
	 * @param Order $order The order; gets warnings about categories that were left out.
	 * @return int[]
	 */
	public function for_new_post( Order $order ) {
		if ( 'none' === $order->terms_policy ) {
			return array();
		}
		$this->categories           = $this->resolve( $order, 'category', 'categories', $order->categories );
		$this->made_with_categories = true;
		return (array) $this->categories;
	}

	/**
	 * Finds the terms that the order names, and makes none.
	 *
	 * @param Order $order The order; gets warnings about terms that would be left out.
	 * @return array{0: array<string, int[]>, 1: array<int, array{taxonomy: string, path: string[]}>} Ids by taxonomy, -1 for
	 *         one that would be made, and those.
	 */
	public function foresee( Order $order ) {
		$this->foreseen = array();
		$found          = 'none' === $order->terms_policy ? array() : array(
			'category' => $this->resolve( $order, 'category', 'categories', $order->categories ),
			'post_tag' => $this->resolve( $order, 'post_tag', 'tags', $order->tags ),
		);
		$created        = array();
		foreach ( $this->foreseen as $taxonomy => $paths ) {
			foreach ( $paths as $path ) {
				$created[] = array(
					'taxonomy' => $taxonomy,
					'path'     => $path,
				);
			}
		}
		return array( array_filter( $found, 'is_array' ), $created );
	}

	/**
	 * Sets the terms that the order names. Taxonomies that it leaves out are not touched.
	 *
	 * @param GuardedPost $post    The post.
	 * @param int         $post_id Its id.
	 * @param Order       $order   The order; gets warnings about terms that were left out.
	 */
	public function assign( GuardedPost $post, $post_id, Order $order ) {
		if ( 'none' === $order->terms_policy ) {
			return;
		}
		if ( ! $this->made_with_categories ) {
			$this->set( $post, $post_id, $order, 'category', 'categories', $this->resolve( $order, 'category', 'categories', $order->categories ) );
		}
		$this->set( $post, $post_id, $order, 'post_tag', 'tags', $this->resolve( $order, 'post_tag', 'tags', $order->tags ) );
	}

	/**
	 * Sets the terms of one taxonomy.
	 *
	 * @param GuardedPost $post     The post.
	 * @param int         $post_id  Its id.
	 * @param Order       $order    The order.
	 * @param string      $taxonomy The taxonomy.
	 * @param string      $field    Field of the payload.
	 * @param int[]|null  $ids      The terms; null leaves what is there.
	 */
	private function set( GuardedPost $post, $post_id, Order $order, $taxonomy, $field, $ids ) {
		if ( null === $ids || $post->sight()->has_terms( $taxonomy, $ids ) ) {
			return;
		}
		$post->change(
			array( PostState::TERMS . $taxonomy => $ids ),
			static function () use ( $post_id, $order, $taxonomy, $field, $ids ) {
				$set = wp_set_object_terms( $post_id, $ids, $taxonomy );
				if ( is_wp_error( $set ) ) {
					$order->warn( 'terms_failed', $field, Fault::told( "WordPress could not set the $field.", $set ) );
				}
			}
		);
	}

	/**
	 * Finds the terms of one taxonomy, and makes those that are missing where the policy allows it.
	 *
	 * @param Order        $order    The order.
	 * @param string       $taxonomy The taxonomy.
	 * @param string       $field    Field of the payload.
	 * @param array[]|null $wanted   Ids and paths of names; null leaves what is there.
	 * @return int[]|null
	 */
	private function resolve( Order $order, $taxonomy, $field, $wanted ) {
		if ( null === $wanted ) {
			return null;
		}
		if ( ! is_object_in_taxonomy( $order->post_type, $taxonomy ) ) {
			if ( $wanted ) {
				$order->warn( 'not_supported', $field, "On this site a $order->post_type has no $field." );
			}
			return null;
		}
		$this->look_up( $taxonomy, $wanted );
		$ids = array();
		foreach ( $wanted as $term ) {
			$id = $this->is_here( $term['id'], $taxonomy ) ? $term['id'] : $this->by_path( $order, $field, $term, $taxonomy );
			if ( $id ) {
				$ids[] = $id;
			}
		}
		if ( $ids && 'category' === $taxonomy ) {
			$order->seo->prefer_category( $ids[0] );
		}
		return $ids || 'category' !== $taxonomy ? $ids : array( (int) get_option( 'default_category' ) );
	}

	/**
	 * Looks up all that are wanted, with two questions.
	 *
	 * @param string  $taxonomy The taxonomy.
	 * @param array[] $wanted   Ids and paths of names.
	 */
	private function look_up( $taxonomy, array $wanted ) {
		$this->known[ $taxonomy ] = TermMaking::all_named( $taxonomy, array_merge( array(), ...array_column( $wanted, 'path' ) ) );
		$this->taxonomies        += TermMaking::taxonomies_of( array_filter( array_column( $wanted, 'id' ) ) );
	}

	/**
	 * Whether an id is that of a term of a taxonomy.
	 *
	 * @param int    $id       The id, or 0.
	 * @param string $taxonomy The taxonomy.
	 * @return bool
	 */
	private function is_here( $id, $taxonomy ) {
		return in_array( $taxonomy, $this->taxonomies[ $id ] ?? array(), true );
	}

	/**
	 * Finds a term by the names that it has in IGNY8, or makes it. One that was deleted here is not made anew:
	 * somebody has decided that.
	 *
	 * @param Order  $order    The order; gets warnings.
	 * @param string $field    Field of the payload.
	 * @param array  $term     Its id and path.
	 * @param string $taxonomy The taxonomy.
	 * @return int 0 when it is not there and was not made.
	 */
	private function by_path( Order $order, $field, array $term, $taxonomy ) {
		$path    = $term['path'];
		$is_gone = $term['id'] && empty( $this->taxonomies[ $term['id'] ] );
		$id      = $this->find_or_create( $path, $taxonomy, ! $is_gone && 'create' === $order->terms_policy, ! $is_gone && 1 === count( $path ) );
		if ( $id ) {
			$this->warn_of_other_names( $order, $field, $path, $taxonomy );
		} elseif ( $is_gone ) {
			$order->warn( 'term_deleted', $field, 'Deleted on this site, and left out: ' . implode( ' > ', $path ) );
		} else {
			$order->warn( 'term_skipped', $field, 'Not on this site, and not created: ' . implode( ' > ', $path ) );
		}
		return $id;
	}

	/**
	 * Says which names WordPress stores in other words: it takes `%` with two digits for an encoded character,
	 * and away.
	 *
	 * @param Order    $order    The order.
	 * @param string   $field    Field of the payload.
	 * @param string[] $path     Names.
	 * @param string   $taxonomy The taxonomy.
	 */
	private function warn_of_other_names( Order $order, $field, array $path, $taxonomy ) {
		foreach ( $path as $name ) {
			$stored = TermMaking::stored( $taxonomy, $name );
			if ( TermMaking::spelled( $stored ) !== TermMaking::spelled( $name ) ) {
				$order->warn( 'term_altered', $field, "WordPress keeps the name $name as: $stored" );
			}
		}
	}

	/**
	 * The term at the end of a path.
	 *
	 * @param string[] $path     Names from root to leaf.
	 * @param string   $taxonomy The taxonomy.
	 * @param bool     $create   Whether missing ones are made.
	 * @param bool     $lone     Whether the one name may be that of a term at any depth.
	 * @return int 0 when it is not there and was not made.
	 */
	private function find_or_create( array $path, $taxonomy, $create, $lone ) {
		$parent = 0;
		foreach ( $path as $depth => $name ) {
			$id = $this->find( $name, $taxonomy, $parent, $lone );
			if ( ! $id && $create && null !== $this->foreseen ) {
				return $this->would_make( $path, $depth, $taxonomy );
			}
			if ( ! $id && $create ) {
				$id = $this->create_once( $name, $taxonomy, $parent, $lone );
			}
			if ( ! $id ) {
				return 0;
			}
			$parent = $id;
		}
		return $parent;
	}

	/**
	 * Notes that the rest of a path would be made.
	 *
	 * @param string[] $path     Names from root to leaf.
	 * @param int      $depth    How many of them are there.
	 * @param string   $taxonomy The taxonomy.
	 * @return int 0 where WordPress would refuse one, else -1.
	 */
	private function would_make( array $path, $depth, $taxonomy ) {
		$spelled = array();
		foreach ( $path as $index => $name ) {
			$spelled[] = TermMaking::spelled( TermMaking::stored( $taxonomy, $name ) );
			if ( $index >= $depth && ! TermMaking::fits( $taxonomy, $name ) ) {
				return 0;
			}
			if ( $index >= $depth ) {
				$this->foreseen[ $taxonomy ] = ( $this->foreseen[ $taxonomy ] ?? array() ) + array( (string) wp_json_encode( $spelled ) => array_slice( $path, 0, $index + 1 ) );
			}
		}
		return -1;
	}

	/**
	 * Finds a term by name below a parent. A name without a path is found at any depth, at the root first.
	 *
	 * @param string $name     The name.
	 * @param string $taxonomy The taxonomy.
	 * @param int    $under    The parent, 0 for the root.
	 * @param bool   $anywhere Whether other depths count too.
	 * @return int 0 when there is none.
	 */
	private function find( $name, $taxonomy, $under, $anywhere ) {
		$ids = array();
		foreach ( $this->known[ $taxonomy ][ $name ] ?? TermMaking::named( $taxonomy, $name ) as $term ) {
			$ids[ (int) $term->parent === $under ? 'here' : 'elsewhere' ][] = (int) $term->term_id;
		}
		return $ids['here'][0] ?? ( $anywhere ? ( $ids['elsewhere'][0] ?? 0 ) : 0 );
	}

	/**
	 * Makes a term that is not there.
	 *
	 * @param string $name     The name.
	 * @param string $taxonomy The taxonomy.
	 * @param int    $under    The parent, 0 for the root.
	 * @param bool   $anywhere Whether other depths count too.
	 * @return int 0 when WordPress refused.
	 */
	private function create_once( $name, $taxonomy, $under, $anywhere ) {
		$made = TermMaking::once(
			$taxonomy,
			function () use ( $name, $taxonomy, $under, $anywhere ) {
				// Others make terms, too: from here on what was read before counts no more.
				unset( $this->known[ $taxonomy ] );
				return $this->find( $name, $taxonomy, $under, $anywhere );
			},
			static function () use ( $name, $taxonomy, $under ) {
				return TermMaking::insert( $name, $taxonomy, array( 'parent' => $under ) );
			}
		);
		return is_wp_error( $made ) ? 0 : $made;
	}
}
