"""Fills a WordPress with what the bridge published before, by SQL."""

FIRST = 5_000_001
CHUNK = 500


def publications(count: int, *, first: int = FIRST) -> str:
    """PHP that makes `count` posts of ours with their marks and their rows.

    Every fourth has an image: an attachment with its marks, as the bridge stored it.
    """
    return f"""
    global $wpdb;
    $insert = static function ( $table, $columns, $rows ) {{
        global $wpdb;
        $wpdb->query( "INSERT INTO $table ($columns) VALUES " . implode( ', ', $rows ) );
        if ( '' !== $wpdb->last_error ) {{ throw new RuntimeException( $wpdb->last_error ); }}
    }};
    $base = (int) $wpdb->get_var( "SELECT MAX( ID ) FROM $wpdb->posts" );
    $columns = 'ID, post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt,'
        . ' post_status, post_name, to_ping, pinged, post_modified, post_modified_gmt,'
        . ' post_content_filtered, guid, post_type, post_mime_type';
    $at = '2026-01-02 03:04:05';
    for ( $done = 0; $done < {count}; $done += {CHUNK} ) {{
        $posts = $marks = $rows = $images = array();
        for ( $n = $done; $n < min( {count}, $done + {CHUNK} ); $n++ ) {{
            $id = ++$base;
            $content = {first} + $n;
            $posts[] = "($id, 1, '$at', '$at', '<p>Text.</p>', 'Article $content', '', 'publish',"
                . " 'article-$content', '', '', '$at', '$at', '', 'urn:igny8:content:$content',"
                . " 'post', '')";
            array_push( $marks, "($id, '_igny8_content_id', '$content')",
                "($id, '_igny8_operation_id', '$content:1')", "($id, '_igny8_rev', '1')" );
            $result = wp_json_encode( array( 'content_id' => $content, 'rev' => 1,
                'operation_id' => "$content:1", 'post_id' => $id, 'fingerprint' => 'seeded' ) );
            $rows[] = "($content, $id, 1, '$content:1', 'done', 'seeded', 1, '$result',"
                . " 'seeded', 1)";
            if ( 0 === $n % 4 ) {{
                $image = ++$base;
                $hash = hash( 'sha256', "bytes of $content" );
                $source = hash( 'sha256', "address of $content" );
                $posts[] = "($image, 1, '$at', '$at', '', 'Image $content', '', 'inherit',"
                    . " 'image-$content', '', '', '$at', '$at', '', 'http://x/$content.png',"
                    . " 'attachment', 'image/png')";
                array_push( $marks, "($image, '_igny8_sha256', '$hash')",
                    "($image, '_igny8_source', '$source')",
                    "($image, '_wp_attached_file', 'seeded/$content.png')" );
                array_push( $images, "('bytes', '$hash', $image, '', 1)",
                    "('address', '$source', $image, '', 1)" );
            }}
        }}
        $insert( $wpdb->posts, $columns, $posts );
        $insert( $wpdb->postmeta, 'post_id, meta_key, meta_value', $marks );
        $insert( "{{$wpdb->prefix}}igny8_publications", 'content_id, post_id, rev, operation_id,'
            . ' state, token, heartbeat, result, fingerprint, updated_at', $rows );
        $insert( "{{$wpdb->prefix}}igny8_images", 'kind, hash, attachment_id, detail, updated_at',
            $images );
    }}
    """
